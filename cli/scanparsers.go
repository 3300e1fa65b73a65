package cli

import (
	"ivre/cli/hostprint"
	"ivre/ingest/scanfile"
)

// scanParsers makes the parsers of scan files: what becomes of scripts, banners and screenshots.
func (e *env) scanParsers(probes []string) func(dir string) scanfile.Parsers {
	return func(dir string) scanfile.Parsers { return scanfile.Parsers{} }
}

// manufacturer names the manufacturers of network cards, if a table of them is installed.
func (e *env) manufacturer() hostprint.Manufacturer { return nil }
