package cli

import (
	"ivre/cli/hostprint"
	"ivre/ingest/banner"
	"ivre/ingest/cert"
	"ivre/ingest/host"
	"ivre/ingest/manuf"
	"ivre/ingest/scanfile"
	"ivre/ingest/scripts"
)

// scanParsers makes the parsers of scan files: what becomes of scripts and banners.
func (e *env) scanParsers() func(dir string) scanfile.Parsers {
	parse := func(pem string) *host.Object {
		c, _ := cert.ParsePEM(pem)
		return c
	}
	pipeline := &scripts.Pipeline{Cert: parse, CertText: cert.Text, CertNames: cert.AddHostnames}
	banners := &banner.Parser{Cert: cert.Parse, CertText: cert.Text, CertNames: cert.AddHostnames}
	return func(string) scanfile.Parsers {
		return scanfile.Parsers{Script: pipeline.Apply, Banner: banners.Apply, Cert: parse}
	}
}

// manufacturer names the manufacturers of network cards, if a table of them is installed.
func (e *env) manufacturer() hostprint.Manufacturer { return manuf.Default().Short }
