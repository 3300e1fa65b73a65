package cli

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"ivre/ingest/host"
	"ivre/ingest/ipdata"
)

// addressData opens the databases of addresses, once. Missing ones are no error: nothing is known then.
func (e *env) addressData() (*ipdata.DB, error) {
	e.dataOnce.Do(func() {
		settings, err := e.config()
		if err != nil {
			e.dataErr = err
			return
		}
		opt := ipdata.Options{
			Dir: shareDir(settings.GeoIPPath, "geoip"), DataDir: shareDir(settings.DataPath, "data"), Lang: settings.GeoIPLang,
			Warn: func(err error) {
				if e.log != nil {
					e.log.Debug("IP data", "problem", err)
				}
			},
		}
		e.hasData = opt.Dir != "" || opt.DataDir != ""
		e.data, e.dataErr = ipdata.Open(opt)
	})
	return e.data, e.dataErr
}

// shareDir is the folder of data files that is configured, else the first that there is where they usually are.
func shareDir(configured, name string) string {
	if configured != "" {
		return configured
	}
	for _, prefix := range []string{"/usr", "/usr/local", "/opt", "/opt/ivre"} {
		dir := filepath.Join(prefix, "share", "ivre", name)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return ""
}

// aboutAddress returns a function for lines about an address: country, autonomous system, tags.
func (e *env) aboutAddress() func(netip.Addr) []string {
	db, err := e.addressData()
	if err != nil || !e.hasData { // without data there is nothing to say of some addresses only
		return nil
	}
	return func(a netip.Addr) (lines []string) {
		infos := db.Lookup(a)
		named := func(code, name string) {
			if name != "" {
				code += " [" + name + "]"
			}
			lines = append(lines, code)
		}
		if infos.CountryCode != "" {
			named(infos.CountryCode, infos.CountryName)
		}
		switch {
		case infos.ASNum.Set:
			named("AS"+strconv.FormatInt(infos.ASNum.N, 10), infos.ASName)
		case infos.ASName != "":
			named("AS?????", infos.ASName)
		}
		for _, t := range infos.Tags {
			line := t.Value
			if len(t.Info) > 0 {
				line += ": " + strings.Join(t.Info, ", ")
			}
			lines = append(lines, line)
		}
		return lines
	}
}

// enrich returns what records of views are told about their addresses; nil if there is nothing to tell.
func (e *env) enrich() func(netip.Addr) (*host.Object, []host.Tag) {
	db, err := e.addressData()
	if err != nil {
		fmt.Fprintln(e.stderr, "ivre: no IP data:", err)
		return nil
	}
	return func(a netip.Addr) (*host.Object, []host.Tag) {
		infos := db.Lookup(a)
		return infos.Object(), infos.Tags
	}
}

// cluster returns what groups routers by AS or Country; nil for no groups.
func (e *env) cluster(by string) func(netip.Addr) (id, name string) {
	db, err := e.addressData()
	if by == "" || err != nil {
		return nil
	}
	return func(a netip.Addr) (id, name string) {
		infos := db.Lookup(a)
		if by == "Country" {
			return infos.CountryCode, infos.CountryName
		}
		if !infos.ASNum.Set {
			return "", ""
		}
		return "AS" + strconv.FormatInt(infos.ASNum.N, 10), infos.ASName
	}
}

// addressFiles is what addressData keeps.
type addressFiles struct {
	dataOnce sync.Once
	data     *ipdata.DB
	dataErr  error
	hasData  bool // a folder of databases or lists is there
}
