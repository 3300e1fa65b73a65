package engine

import (
	"context"
	"embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// The manifest and the lock file (with the integrity hash of every package) that say which library is
// installed; 'make engine' uses the same two files.
//
//go:embed npm/package.json npm/package-lock.json
var manifest embed.FS

// Version is that of the library's package; lockedPlatform the one whose hash is in the lock file.
const (
	Version        = "26.7.3-stable.1"
	lockedPlatform = "linux/amd64"
)

// Install fetches the library with the npm client into dir (empty: UserLibraryDir) and returns its path.
// What the client prints goes to out.
func Install(ctx context.Context, dir string, out io.Writer) (string, error) {
	if dir == "" {
		var err error
		if dir, err = UserLibraryDir(); err != nil {
			return "", err
		}
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("the engine is installed by the npm client, which was not found: install Node.js with npm and try again")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		b, err := manifest.ReadFile("npm/" + name)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return "", err
		}
	}
	args := []string{"ci"}
	if runtime.GOOS+"/"+runtime.GOARCH != lockedPlatform {
		// The lock file holds one platform's hash; the client then checks the package against the
		// hash that its registry states.
		args = []string{"install", "--no-save", npmPackage() + "@" + Version}
	}
	cmd := exec.CommandContext(ctx, npm, append(args, "--ignore-scripts", "--no-audit", "--no-fund")...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm %s in %s: %w", args[0], dir, err)
	}
	lib := filepath.Join(dir, packageDir(), LibraryName())
	if _, err := os.Stat(lib); err != nil {
		return "", fmt.Errorf("there is no engine for this kind of machine in the package: %w", err)
	}
	return lib, nil
}
