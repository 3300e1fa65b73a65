package masscan

import (
	"errors"
	"fmt"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
)

// Banners reads banners. Its fields must not change while it is used; it can then be used from several goroutines.
type Banners struct {
	// Probes are the names of what Masscan was told to send, as in Nmap's file of probes; also ike and
	// ike-ipsec-nat-t (UDP) and dicom (TCP).
	Probes []string
	// DB recognises services; nil: services are only known by the names that Masscan gives them.
	DB *fingerprint.DB
	// Warn, if not nil, is told once that DB is empty.
	Warn func(msg string)

	// Cert describes a certificate (DER, RFC 5280), nil if it can't; CertText is the text for people; CertHostnames adds
	// the certificate's names to a host. If one is nil, its part is left out.
	Cert          func(der []byte) *host.Object
	CertText      func(*host.Object) string
	CertHostnames func(*host.Host, *host.Object)
}

// maxBanner bounds a banner as it is reported, in bytes. Masscan itself keeps a few kilobytes.
const maxBanner = 1 << 20

// kind says what becomes of a banner of some name.
type kind struct {
	script  string
	service string
	tunnel  string
	read    func(*reading) error // nil: the script only has the banner as its output
}

// kinds holds Masscan's names of banners. A name that is not here is that of the script.
var kinds = map[string]kind{
	"http":        {"http-headers", "http", "", (*reading).httpHeaders},
	"http.server": {"http-server-header", "http", "", (*reading).httpServer},
	"title":       {"http-title", "http", "", nil},
	"html":        {"http-content", "http", "", (*reading).httpContent},
	"ssh":         {"banner", "ssh", "", (*reading).ssh},
	"ftp":         {"banner", "ftp", "", nil},
	"imap":        {"banner", "imap", "", nil},
	"pop":         {"banner", "pop3", "", nil},
	"smtp":        {"banner", "smtp", "", nil},
	"telnet":      {"banner", "telnet", "", nil},
	"vnc":         {"banner", "vnc", "", (*reading).vnc},
	"unknown":     {"banner", "", "", nil},
	"X509":        {"ssl-cert", "", "ssl", (*reading).certificate},
	"X509CA":      {"ssl-cacert", "", "ssl", (*reading).certificate},
	"ssl":         {"ssl", "", "ssl", nil},
	"s7comm":      {"s7-info", "iso-tsap", "", (*reading).s7},
	"rdp":         {"rdp-nla-support", "ms-wbt-server", "", nil},
}

// reading is a banner that is being read.
type reading struct {
	*Banners
	h     *host.Host
	p     *host.Port
	raw   []byte
	found int         // how many scripts the port had before
	s     host.Script // of the banner
	added bool        // s was added to the port
	asked []answer    // what DB knew
}

// Apply adds what a banner says to a host and its port: scripts, service, names, addresses, products. name and banner are
// as in Masscan's report, with its \xHH escapes. An error tells what could not be read; the port has the rest
// nevertheless.
func (b *Banners) Apply(h *host.Host, p *host.Port, name, banner string) error {
	if name == "" {
		return errors.New("a banner without the name of its service was left out")
	}
	b.DB.WarnOnce(b.Warn)
	var err error
	if len(banner) > maxBanner {
		err = fmt.Errorf("a banner of %d bytes was cut after %d", len(banner), maxBanner)
		banner = banner[:maxBanner]
	}
	raw, output := Unescape(banner)
	r := reading{Banners: b, h: h, p: p, raw: raw, found: len(p.Scripts)}
	r.s = host.Script{Output: output, HasOutput: true, Masscan: &host.Banner{Raw: raw, Encoded: banner}}
	if name == "smb" {
		r.smb()
		return err
	}
	k, ok := kinds[name]
	if !ok {
		k.script = name
	}
	r.s.ID = k.script
	if k.service != "" {
		p.Service.Name = k.service
	}
	if k.tunnel != "" {
		p.Service.Tunnel = k.tunnel
	}
	if k.read != nil {
		err = errors.Join(err, k.read(&r))
	}
	r.add()
	r.identify()
	return err
}

// add adds the banner's script to the port, once.
func (r *reading) add() {
	if !r.added {
		r.added = true
		r.p.Scripts = append(r.p.Scripts, r.s)
	}
}

// script adds another script to the port.
func (r *reading) script(id, output string, data host.Value) {
	r.p.Scripts = append(r.p.Scripts, host.Script{ID: id, Output: output, HasOutput: true, Data: data})
}

// replace makes a script the only one that the banner gave.
func (r *reading) replace(id, output string, data host.Value) {
	r.p.Scripts = append(r.p.Scripts[:r.found], host.Script{ID: id, Output: output, HasOutput: true, Data: data, Masscan: r.s.Masscan})
}

func escape(b []byte) string { return string(fingerprint.AppendEscaped(nil, b)) }
