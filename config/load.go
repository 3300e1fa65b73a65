package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Options change where Load looks. The zero value is what the program uses without --config.
type Options struct {
	File    string   // of --config, "" for none; it must exist
	Environ []string // in place of os.Environ()
	Root    string   // put before the paths of the system's files
}

// maxFile is the size of the largest file that is read, in bytes.
const maxFile = 1 << 20

// Files of the system and, below the home folder, of the user.
var (
	systemFiles = []string{"/etc/ivre.conf", "/etc/ivre/ivre.conf", "/usr/local/etc/ivre.conf", "/usr/local/etc/ivre/ivre.conf"}
	userFile    = ".ivre.conf"
	systemYAML  = "/etc/ivre/ivre.yaml"
	userYAML    = "ivre/ivre.yaml" // below the folder of configurations
)

const envPrefix = "IVRE_"

// Load reads the settings from all the places that the package comment lists. What is left out is in
// the Warnings of the result. Errors name the place, the rule and the value.
func Load(opt Options) (*Config, error) {
	env := osEnviron()
	if opt.Environ != nil {
		env = newEnviron(opt.Environ)
	}
	l := &loader{c: defaults(env)}
	for _, f := range candidates(opt, env) {
		if err := l.file(f); err != nil {
			return nil, err
		}
	}
	if err := l.environment(env); err != nil {
		return nil, err
	}
	for _, path := range []*string{&l.c.NmapSharePath, &l.c.RIRPath, &l.c.GeoIPPath, &l.c.DataPath, &l.c.WebStaticPath, &l.c.DataDir, &l.c.EngineLib} {
		*path = env.expandHome(*path)
	}
	return l.c, nil
}

// candidate is a file that may have settings.
type candidate struct {
	path     string
	required bool
	// foreign files are IVRE's own: they may name its databases.
	foreign bool
}

// isYAML tells in which syntax the file is.
func (f candidate) isYAML() bool {
	ext := strings.ToLower(filepath.Ext(f.path))
	return ext == ".yaml" || ext == ".yml"
}

// candidates are the files to read, in order.
func candidates(opt Options, env environ) []candidate {
	var files []candidate
	for _, path := range systemFiles {
		files = append(files, candidate{path: filepath.Join(opt.Root, path), foreign: true})
	}
	if home := env["HOME"]; home != "" {
		files = append(files, candidate{path: filepath.Join(home, userFile), foreign: true})
	}
	files = append(files, candidate{path: filepath.Join(opt.Root, systemYAML)})
	if dir := env.userDir("XDG_CONFIG_HOME", ".config"); dir != "" {
		files = append(files, candidate{path: filepath.Join(dir, userYAML)})
	}
	if path := env["IVRE_CONF"]; path != "" {
		files = append(files, candidate{path: path, required: true, foreign: true})
	}
	if opt.File != "" {
		files = append(files, candidate{path: opt.File, required: true})
	}
	return files
}

// loader fills in a Config.
type loader struct{ c *Config }

func (l *loader) warn(place, format string, args ...any) {
	l.c.Warnings = append(l.c.Warnings, Warning{place, fmt.Sprintf(format, args...)})
}

// file applies the settings of a file. One that does not exist is passed over unless it is required.
func (l *loader) file(f candidate) error {
	b, err := readFile(f.path)
	if errors.Is(err, fs.ErrNotExist) && !f.required {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the configuration can't be read: %w", err)
	}
	var found []assignment
	var left []leftOut
	if f.isYAML() {
		found, err = yamlAssignments(b)
	} else {
		found, left, err = statements(string(b))
	}
	if syntax := (*syntaxError)(nil); errors.As(err, &syntax) {
		return fmt.Errorf("%s:%d: %s", f.path, syntax.line, syntax.text)
	} else if err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	for _, s := range left {
		l.warn(fmt.Sprintf("%s:%d", f.path, s.line), "left out, as only NAME = plain value is understood: %s", s.text)
	}
	for _, a := range found {
		if err := l.apply(fmt.Sprintf("%s:%d", f.path, a.line), a.name, a.value, f.foreign); err != nil {
			return err
		}
	}
	return nil
}

// readFile reads a file of a limited size.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return b, err
}

// environment applies the settings of environment variables. An empty variable counts as not set.
func (l *loader) environment(env environ) error {
	names := make([]string, 0, len(env))
	for name, value := range env {
		if strings.HasPrefix(name, envPrefix) && name != "IVRE_CONF" && value != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names) // so that messages come in the same order every time
	for _, name := range names {
		v, err := fromEnvironment(env[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := l.apply(name, strings.TrimPrefix(name, envPrefix), v, false); err != nil {
			return err
		}
	}
	return nil
}

// apply sets one setting, found at a place.
func (l *loader) apply(place, name string, v any, foreign bool) error {
	s, ok := byName[name]
	switch {
	case !ok && isIgnored(name):
		l.warn(place, "%s is not used by this program", name)
		return nil
	case !ok:
		if near := nearest(name); near != "" {
			l.warn(place, "%s is not a setting; did you mean %s?", name, near)
		} else {
			l.warn(place, "%s is not a setting", name)
		}
		return nil
	case s.name == "DB" && foreign && isOtherDatabase(v):
		l.warn(place, "DB names a database that this program can't use; it is left out")
		return nil
	case !s.set(l.c, v):
		return s.wrong(place, v)
	}
	l.c.origins[s.name] = place
	return nil
}
