package cli

import (
	"context"
	"sync"

	"ivre/cli/hostprint"
	"ivre/ingest/cert"
	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/manuf"
	"ivre/ingest/masscan"
	"ivre/ingest/nmapscript"
	"ivre/ingest/scanfile"
	"ivre/ingest/screenshot"
)

// scanParsers makes the parsers of scan files: what becomes of scripts and banners. probes are the names of what the
// scanner sent, beyond what it sends by itself.
func (e *env) scanParsers(ctx context.Context, probes []string) func(dir string, warn func(msg string)) scanfile.Parsers {
	parse := func(pem string) *host.Object {
		c, _ := cert.ParsePEM(pem)
		return c
	}
	shots := e.screenshots()
	return func(dir string, warn func(msg string)) scanfile.Parsers {
		pipeline := &nmapscript.Pipeline{Warn: warn, Cert: parse, CertText: cert.Text, CertHostnames: cert.AddHostnames}
		if shots != nil {
			pipeline.Screenshot = shots.In(ctx, warn, dir)
		}
		banners := &masscan.Banners{
			Probes: probes, Warn: warn, Cert: cert.Parse, CertText: cert.Text, CertHostnames: cert.AddHostnames,
		}
		var once sync.Once // the file of probes is read when there is a banner
		apply := func(h *host.Host, p *host.Port, name, text string) error {
			once.Do(func() { banners.DB = e.fingerprints(warn) })
			return banners.Apply(h, p, name, text)
		}
		return scanfile.Parsers{Script: pipeline.Apply, Banner: apply, Cert: parse, Structure: pipeline.Structure}
	}
}

// fingerprintsOf are the probes of a folder, read once.
var fingerprintsOf sync.Map

// fingerprints returns Nmap's service probes: those of NMAP_SHARE_PATH, or of the installed Nmap.
func (e *env) fingerprints(warn func(msg string)) *fingerprint.DB {
	dir := ""
	if s, err := e.config(); err == nil {
		dir = s.NmapSharePath
	}
	if dir == "" {
		return fingerprint.Default()
	}
	load, _ := fingerprintsOf.LoadOrStore(dir, sync.OnceValues(func() (*fingerprint.DB, error) { return fingerprint.Load(dir) }))
	db, err := load.(func() (*fingerprint.DB, error))()
	if err != nil {
		warn("services are not recognised by their banners: " + err.Error())
	}
	return db
}

// screenshots takes over images that scripts saved beside a report; nil if the configuration cannot be read.
func (e *env) screenshots() *screenshot.Reader {
	settings, err := e.config()
	if err != nil {
		return nil
	}
	return screenshot.New(settings.TesseractCmd)
}

// manufacturer names the manufacturers of network cards, if a table of them is installed.
func (e *env) manufacturer() hostprint.Manufacturer { return manuf.Default().Short }
