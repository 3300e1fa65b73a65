package config

import (
	"os"
	"path/filepath"
	"strings"
)

// environ are environment variables.
type environ map[string]string

func osEnviron() environ { return newEnviron(os.Environ()) }

// newEnviron reads variables of the form NAME=value.
func newEnviron(list []string) environ {
	env := make(environ, len(list))
	for _, s := range list {
		name, value, _ := strings.Cut(s, "=")
		env[name] = value
	}
	return env
}

// userDir returns the user's folder for one purpose: that of an XDG variable ("XDG Base Directory
// Specification": it must be absolute), else one below the home folder, "" if there is none.
func (e environ) userDir(variable, belowHome string) string {
	if dir := e[variable]; filepath.IsAbs(dir) {
		return dir
	}
	if e["HOME"] == "" {
		return ""
	}
	return filepath.Join(e["HOME"], filepath.FromSlash(belowHome))
}

// expandHome replaces the "~" that a path starts with by the home folder.
func (e environ) expandHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && e["HOME"] != "" {
		return filepath.Join(e["HOME"], rest)
	}
	return path
}
