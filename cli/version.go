package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"ivre/engine"
)

type versionCommand struct{}

func (versionCommand) Run(e *env) error {
	_, err := fmt.Fprintf(e.stdout, "ivre %s (%s, %s/%s; embedded engine: ClickHouse %s)\n",
		programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH, engine.Version)
	return err
}

// programVersion is the version of the module, and the commit if the program was built in a checkout.
func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "development"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && !strings.Contains(version, s.Value[:min(12, len(s.Value))]) {
			version += ", commit " + s.Value[:min(12, len(s.Value))]
		}
	}
	return version
}
