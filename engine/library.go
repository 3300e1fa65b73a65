package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// LibraryName is the file name of ClickHouse's library on this system.
func LibraryName() string {
	if runtime.GOOS == "darwin" {
		return "libchdb.dylib"
	}
	return "libchdb.so"
}

// ErrNoLibrary says that the engine is not installed and how to install it.
type ErrNoLibrary struct{ Tried []string }

func (e *ErrNoLibrary) Error() string {
	msg := "the embedded ClickHouse engine is not installed; run 'ivre engine install' (or 'make engine' in a checkout), " +
		"name its library with --engine-lib or IVRE_ENGINE_LIB, or use a ClickHouse server with --db clickhouse://user:password@host:9000/ivre. Looked for:"
	for _, t := range e.Tried {
		msg += "\n  " + t
	}
	return msg
}

// UserLibraryDir is the folder that 'ivre engine install' fills: it belongs to the user, not to a database.
func UserLibraryDir() (string, error) {
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no home folder to keep the engine in: %w", err)
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "ivre", "engine-lib"), nil
}

// npmPackage is the name of the package that holds the library for this machine.
func npmPackage() string {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	suffix := ""
	if runtime.GOOS == "linux" {
		suffix = "-gnu"
	}
	return "@chdb/lib-" + runtime.GOOS + "-" + arch + suffix
}

// packageDir is where the npm client puts the library below an install folder.
func packageDir() string { return filepath.Join("node_modules", filepath.FromSlash(npmPackage())) }

// FindLibrary returns the path of the engine's library: the given one if any (an option, or else the
// environment variable IVRE_ENGINE_LIB), else the first that exists beside the program, in the folder of 'make engine' beside it, in the user's data folder, or in
// the system's library folders. The error is an *ErrNoLibrary.
func FindLibrary(given string) (string, error) {
	if given == "" {
		given = os.Getenv("IVRE_ENGINE_LIB")
	}
	if given != "" {
		if st, err := os.Stat(given); err != nil || st.IsDir() {
			return "", &ErrNoLibrary{Tried: []string{given}}
		}
		return filepath.Abs(given)
	}
	var tried []string
	for _, path := range libraryCandidates() {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path, nil
		}
		tried = append(tried, path)
	}
	return "", &ErrNoLibrary{Tried: tried}
}

func libraryCandidates() []string {
	name := LibraryName()
	var out []string
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dir := filepath.Dir(exe)
		out = append(out, filepath.Join(dir, name), filepath.Join(dir, "engine-lib", packageDir(), name))
	}
	if dir, err := UserLibraryDir(); err == nil {
		out = append(out, filepath.Join(dir, packageDir(), name))
	}
	for _, dir := range filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")) {
		if dir != "" {
			out = append(out, filepath.Join(dir, name))
		}
	}
	return append(out, filepath.Join("/usr/local/lib", name), filepath.Join("/usr/lib", name))
}
