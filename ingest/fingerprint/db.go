package fingerprint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// FileName is the name of Nmap's file of probes.
const FileName = "nmap-service-probes"

// DB is a set of probes with their patterns. It can be used from several goroutines. A nil DB matches nothing.
type DB struct {
	name     string
	sections map[string]*section // by protocol and name: TCP/NULL
	missing  string
	warn     sync.Once

	mu       sync.Mutex
	problems []string
}

// Match is what is known of a service. Fields that are not known are empty.
type Match struct {
	Service    string // Nmap's name of the service
	Product    string
	Version    string
	ExtraInfo  string
	Hostname   string
	OSType     string
	DeviceType string
	CPEs       []string // with their prefix cpe:/
	Soft       bool     // the service is known, but probably not all of the rest
	Tunnel     string   // ssl, or empty
}

// add puts what another soft match knows over what is known.
func (m *Match) add(o *Match) {
	for _, f := range [...]struct{ to, from *string }{
		{&m.Service, &o.Service}, {&m.Product, &o.Product}, {&m.Version, &o.Version}, {&m.ExtraInfo, &o.ExtraInfo},
		{&m.Hostname, &o.Hostname}, {&m.OSType, &o.OSType}, {&m.DeviceType, &o.DeviceType}, {&m.Tunnel, &o.Tunnel},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if len(o.CPEs) > 0 {
		m.CPEs = o.CPEs
	}
	m.Soft = true
}

// Load reads a file of probes, or that of a folder in which Nmap's data files are.
func Load(path string) (*DB, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, FileName)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Parse(f, path)
}

// Default returns the probes of the installed Nmap; see Find. They are read once. If there are none or they cannot be
// read, the result is empty and WarnOnce says so.
var Default = sync.OnceValue(func() *DB {
	path, err := Find()
	if err == nil {
		var d *DB
		if d, err = Load(path); err == nil {
			return d
		}
	}
	return &DB{missing: fmt.Sprintf("services are not recognised by their banners: %v", err)}
})

// Find returns the path of the installed Nmap's file of probes. It looks in the folder that the environment variable
// NMAPDIR names, then where Nmap is usually installed.
func Find() (string, error) {
	dirs := []string{"/usr/local/share/nmap", "/usr/share/nmap", "/opt/homebrew/share/nmap", "/opt/local/share/nmap"}
	if dir := os.Getenv("NMAPDIR"); dir != "" {
		dirs = append([]string{dir}, dirs...)
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, FileName)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("there is no %s in %s; install Nmap, or set NMAPDIR to the folder of its data files", FileName, strings.Join(dirs, ", "))
}

// WarnOnce calls f if the database is empty because there was no file, the first time that it is called for the database.
func (d *DB) WarnOnce(f func(string)) {
	if d == nil || d.missing == "" || f == nil {
		return
	}
	d.warn.Do(func() { f(d.missing) })
}

// Problems tells which lines of the file were left out, up to a hundred. Patterns are looked into when they are first
// needed, so that there may be more later.
func (d *DB) Problems() []string {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.problems...)
}

// Match looks for a service that answers a probe with data. proto is tcp or udp (in any case), probe a name of the file,
// such as NULL for what a service sends without being asked. Only the first 16 KiB of data count. ok is false if nothing
// matches, also if there is no such probe.
//
// The first match line that matches is the result. If there is none, the result is put together from the softmatch lines
// that do; it then gives way to a result of the probes that are named as fallback.
func (d *DB) Match(proto, probe string, data []byte) (m Match, ok bool) {
	if d == nil || len(d.sections) == 0 {
		return Match{}, false
	}
	s := d.sections[strings.ToUpper(proto)+"/"+probe]
	if s == nil {
		return Match{}, false
	}
	b := newBanner(data)
	m, ok = s.match(b)
	if ok && !m.Soft {
		return m, true
	}
	for _, next := range s.next {
		f, found := next.match(b)
		if !found {
			continue
		}
		m, ok = f, true
		if !f.Soft {
			break
		}
	}
	return m, ok
}
