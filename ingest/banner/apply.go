package banner

import (
	"encoding/base64"
	"strconv"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/scripts"
)

// Parser makes scripts of banners. The zero value works.
type Parser struct {
	// Cert makes the structure of a certificate (DER), CertText its text, CertNames adds its names to a host; nil: the
	// certificate stays as it was reported.
	Cert      func(der []byte) *host.Object
	CertText  func(*host.Object) string
	CertNames func(*host.Host, *host.Object)
}

// kind says what a banner of Masscan's stands for.
type kind struct {
	script, service, tunnel string
}

var kinds = map[string]kind{
	"http": {"http-headers", "http", ""}, "http.server": {"http-server-header", "http", ""}, "title": {"http-title", "http", ""},
	"html": {"http-content", "http", ""}, "ssh": {"banner", "ssh", ""}, "ftp": {"banner", "ftp", ""}, "imap": {"banner", "imap", ""},
	"pop": {"banner", "pop3", ""}, "smtp": {"banner", "smtp", ""}, "telnet": {"banner", "telnet", ""}, "vnc": {"banner", "vnc", ""},
	"unknown": {"banner", "", ""}, "X509": {"ssl-cert", "", "ssl"}, "X509CA": {"ssl-cacert", "", "ssl"}, "ssl": {"ssl", "", "ssl"},
	"s7comm": {"s7-info", "iso-tsap", ""}, "rdp": {"rdp-nla-support", "ms-wbt-server", ""},
}

// Apply adds to a port what a banner says. name and text are as in Masscan's report.
func (b *Parser) Apply(h *host.Host, p *host.Port, name, text string) error {
	if name == "smb" {
		b.smb(h, p, text)
		return nil
	}
	k, ok := kinds[name]
	if !ok {
		k = kind{script: name}
	}
	raw, output := Unescape(text)
	s := host.Script{ID: k.script, Output: output, HasOutput: true, Masscan: &host.Banner{Raw: raw, Encoded: text}}
	if k.service != "" {
		p.Service.Name = k.service
	}
	if k.tunnel != "" {
		p.Service.Tunnel = k.tunnel
	}
	switch name {
	case "http.server":
		s.Data = host.List{output}
	case "http":
		s.Data = headers(raw)
		p.Scripts = append(p.Scripts, s)
		scripts.Headers(h, p, s.Data, true)
		return nil
	case "html":
		s.Output = Escape(raw)
		p.Scripts = append(p.Scripts, s)
		scripts.Content(p, raw, "/")
		return nil
	case "X509", "X509CA":
		b.certificate(h, &s)
	case "ssh":
		if line, _, ok := strings.Cut(string(raw), "\n"); ok {
			s.Output = Escape([]byte(strings.TrimSuffix(line, "\r")))
		}
	case "vnc":
		vnc(p, &s)
	}
	p.Scripts = append(p.Scripts, s)
	return nil
}

// Unescape decodes the \xHH escapes of a banner: raw holds all bytes, output only those that are text.
func Unescape(s string) (raw []byte, output string) {
	raw = make([]byte, 0, len(s))
	var b strings.Builder
	for i := 0; i < len(s); {
		c, ok := escaped(s[i:])
		if !ok {
			raw = append(raw, s[i])
			b.WriteByte(s[i])
			i++
			continue
		}
		raw = append(raw, c)
		if c >= 32 && c <= 126 || c == '\t' || c == '\n' || c == '\r' {
			b.WriteByte(c)
		} else {
			b.WriteString(s[i : i+4])
		}
		i += 4
	}
	return raw, b.String()
}

func escaped(s string) (byte, bool) {
	if len(s) < 4 || s[0] != '\\' || s[1] != 'x' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:4], 16, 8)
	return byte(n), err == nil
}

// Escape writes bytes as text: CR, LF, TAB and backslash as in C, what is not printable as \xHH.
func Escape(raw []byte) string { return scripts.Escape(raw) }

// headers reads the first lines of an answer of a web server: the status, then what looks like a header.
func headers(raw []byte) host.Value {
	lines := strings.Split(string(raw), "\n")
	out := host.List{host.NewObject("name", "_status", "value", Escape([]byte(strings.TrimSpace(lines[0]))))}
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		if line == "" {
			break // what follows is the body
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !token(name) {
			continue
		}
		value, _, _ = strings.Cut(strings.TrimLeft(value, " \t"), "\r")
		out = append(out, host.NewObject("name", Escape([]byte(strings.ToLower(name))), "value", Escape([]byte(value))))
	}
	return out
}

// token tells whether a text is one of RFC 9110, 5.6.2.
func token(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

func (b *Parser) certificate(h *host.Host, s *host.Script) {
	der, err := base64.StdEncoding.DecodeString(string(s.Masscan.Raw))
	if err != nil || len(der) == 0 || b.Cert == nil {
		return
	}
	cert := b.Cert(der)
	if cert == nil {
		return
	}
	s.Data = host.List{cert}
	if b.CertText != nil {
		s.Output = b.CertText(cert)
	}
	if s.ID == "ssl-cert" && b.CertNames != nil {
		b.CertNames(h, cert)
	}
}

// vnc separates what Masscan found out from the banner proper.
func vnc(p *host.Port, s *host.Script) {
	text := string(s.Masscan.Raw)
	if !strings.Contains(text, "=") {
		return
	}
	words := strings.SplitN(text, " ", 3)
	if len(words) < 3 {
		return
	}
	proper := words[0] + " " + words[1] + "\n"
	var lines []string
	for rest := strings.TrimSpace(words[2]); rest != ""; rest = strings.TrimLeft(rest, " ") {
		key, value, ok := strings.Cut(rest, "=")
		if !ok {
			break
		}
		switch {
		case key == "ERROR":
			value, rest = strings.Trim(value, "[]"), ""
		case strings.HasPrefix(value, "["):
			value, rest, _ = strings.Cut(value[1:], "]")
		default:
			value, rest, _ = strings.Cut(value, " ")
		}
		lines = append(lines, Escape([]byte(key+": "+value)))
	}
	p.Scripts = append(p.Scripts, host.Script{ID: "vnc-info", Output: strings.Join(lines, "\n"), HasOutput: true})
	s.Output = proper
	s.Masscan = &host.Banner{Raw: []byte(proper), Encoded: strings.TrimSuffix(proper, "\n") + `\x0a`}
}
