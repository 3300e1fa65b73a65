package hostprint

import (
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// URLKind tells which URLs HTTPURLs writes.
type URLKind int

// The kinds of URLs.
const (
	AddressURLs URLKind = iota // https://192.0.2.10/
	NameURLs                   // https://www.example.com/, for each name
	// AddressedNameURLs are NameURLs after the address: 192.0.2.10, https://www.example.com/
	AddressedNameURLs
	// AddressedURLs are, for each port, the AddressURL and the NameURLs, all after the address.
	AddressedURLs
)

// HTTPURLs writes the URLs of the web servers of hosts, one in each line, in the order of the ports. A port is a web
// server if its service is http, http-proxy, http-alt, https or https-alt, whatever its state. The names are those
// without a wildcard, each once, by their reversed labels.
func HTTPURLs(kind URLKind) Printer { return &httpURLs{kind: kind} }

type httpURLs struct {
	page
	kind  URLKind
	names []string
}

func (u *httpURLs) End(io.Writer) error { return nil }

func (u *httpURLs) Host(w io.Writer, h *host.Host) error {
	u.names = u.names[:0]
	if u.kind != AddressURLs {
		u.names = appendNames(u.names, h.Hostnames)
	}
	addr := "?"
	if h.Addr.IsValid() {
		addr = h.Addr.String()
	}
	prefix := ""
	if u.kind == AddressedNameURLs || u.kind == AddressedURLs {
		prefix = addr + ", "
	}
	for i := range h.Ports {
		p := &h.Ports[i]
		start, end, ok := urlAround(p)
		if !ok {
			continue
		}
		if u.kind == AddressURLs || u.kind == AddressedURLs {
			u.text(prefix + start + bracketed(addr) + end)
		}
		for _, name := range u.names {
			u.text(prefix)
			u.text(start)
			u.clean(bracketed(name))
			u.text(end)
			u.spill(w)
		}
		u.spill(w)
	}
	return u.flush(w)
}

// urlAround returns what comes before and after the host in the URL of a web server, with the end of the line.
func urlAround(p *host.Port) (start, end string, ok bool) {
	if p.Port == host.HostScripts {
		return "", "", false
	}
	tls := p.Service.Tunnel == "ssl"
	switch p.Service.Name {
	case "http", "http-proxy", "http-alt":
	case "https", "https-alt":
		tls = true
	default:
		return "", "", false
	}
	start, usual := "http://", 80
	if tls {
		start, usual = "https://", 443
	}
	if p.Port == usual {
		return start, "/\n", true
	}
	return start, ":" + strconv.Itoa(p.Port) + "/\n", true
}

// bracketed returns the host part of a URL.
func bracketed(s string) string {
	if strings.Contains(s, ":") {
		if _, err := netip.ParseAddr(s); err == nil {
			return "[" + s + "]"
		}
	}
	return s
}

func appendNames(names []string, from []host.Hostname) []string {
	for i := range from {
		if name := from[i].Name; name != "" && !strings.Contains(name, "*") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, compareReversed)
	return slices.Compact(names)
}

// compareReversed orders names by their labels, the last one first.
func compareReversed(a, b string) int {
	for {
		i, j := strings.LastIndexByte(a, '.'), strings.LastIndexByte(b, '.')
		if c := strings.Compare(a[i+1:], b[j+1:]); c != 0 {
			return c
		}
		switch {
		case i < 0 && j < 0:
			return 0
		case i < 0:
			return -1
		case j < 0:
			return 1
		}
		a, b = a[:i], b[:j]
	}
}
