package webdata

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

var (
	errEmpty = errors.New("there are no addresses in it")
	errPage  = errors.New("it is a web page, not the list")
)

// Addresses makes a file of a list with an address or a network on each line; what follows a # is a comment. Every
// line must be one: half a line is the sign of half a file.
func Addresses(download []byte) ([]byte, error) {
	if isPage(download) {
		return nil, errPage
	}
	list, err := readList(download)
	if err != nil {
		return nil, err
	}
	return writeList(list, false)
}

// Resolved makes a file of the addresses of a name.
func Resolved(addrs []netip.Addr) ([]byte, error) {
	list := make([]netip.Prefix, 0, len(addrs))
	for _, a := range addrs {
		if a = a.Unmap().WithZone(""); a.IsValid() {
			list = append(list, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return writeList(list, false)
}

func readList(text []byte) (list []netip.Prefix, err error) {
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		n++
		entry, _, _ := strings.Cut(line, "#")
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		p, ok := parseEntry(entry)
		if !ok {
			return nil, fmt.Errorf("line %d: %.60q is neither an address nor a network", n, entry)
		}
		if tooWide(p) {
			return nil, fmt.Errorf("line %d: the network %s is too wide to be true", n, p)
		}
		list = append(list, p)
	}
	return list, nil
}

// parseEntry reads an address or a network in their usual forms. The bits of the host are cleared.
func parseEntry(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if a = a.Unmap(); err != nil || a.Zone() != "" {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if err == nil && p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, false
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), err == nil
}

// tooWide tells whether a network is larger than anyone's: such an entry is a mistake, and would tag everything.
func tooWide(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() < 8
	}
	return p.Bits() < 16
}

// writeList writes a list sorted, each entry once: IPv4 before IPv6, by address, then by length. An address is written
// without its length unless all are to be networks.
func writeList(list []netip.Prefix, networks bool) ([]byte, error) {
	if len(list) == 0 {
		return nil, errEmpty
	}
	slices.SortFunc(list, comparePrefixes)
	var out []byte
	for _, p := range slices.Compact(list) {
		if p.IsSingleIP() && !networks {
			out = p.Addr().AppendTo(out)
		} else {
			out = p.AppendTo(out)
		}
		out = append(out, '\n')
	}
	return out, nil
}

func comparePrefixes(a, b netip.Prefix) int {
	if c := a.Addr().Compare(b.Addr()); c != 0 {
		return c
	}
	return a.Bits() - b.Bits()
}

// isPage tells whether a download is HTML (or XML): neither lists nor JSON begin like it.
func isPage(download []byte) bool {
	text := bytes.TrimSpace(bytes.TrimPrefix(download, []byte("\ufeff")))
	return len(text) > 0 && text[0] == '<'
}
