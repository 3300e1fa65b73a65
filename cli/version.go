package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"ivre/engine"
)

type versionCommand struct{}

func (versionCommand) Run(e *env) error {
	version, commit := "development", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			version = v
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = ", commit " + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	_, err := fmt.Fprintf(e.stdout, "ivre %s%s (%s, %s/%s; embedded engine: ClickHouse %s)\n",
		version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, engine.Version)
	return err
}
