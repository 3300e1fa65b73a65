package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// origin is the address of this server as the client of a request sees it: scheme://host[:port].
// What a front end says about that is believed only of those that are configured.
func (s *Server) origin(r *http.Request) string {
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if host == "" { // HTTP/1.0
		if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			host = strings.TrimSuffix(a.String(), ":80")
		}
	}
	if s.fromProxy(r) {
		if v := forwarded(r.Header, "X-Forwarded-Proto"); v != "" {
			scheme = v
		}
		if v := forwarded(r.Header, "X-Forwarded-Host"); v != "" {
			host = v
		}
	}
	return scheme + "://" + host
}

// forwarded returns the first item of a header that each front end of a chain may have added to: what
// the one saw that the browser talks to.
func forwarded(h http.Header, name string) string {
	first, _, _ := strings.Cut(h.Get(name), ",")
	return strings.TrimSpace(first)
}

// fromProxy tells whether a request came through a front end that is configured.
func (s *Server) fromProxy(r *http.Request) bool {
	return s.isProxy(peer(r))
}

func (s *Server) isProxy(a netip.Addr) bool {
	for _, p := range s.cfg.WebTrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// peer is the other end of the connection.
func peer(r *http.Request) netip.Addr {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}

// client is the address of who sent a request, for the log: behind configured front ends, the last
// address that one of them vouches for.
func (s *Server) client(r *http.Request) netip.Addr {
	at := peer(r)
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(chain) - 1; i >= 0 && s.isProxy(at); i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(chain[i]))
		if err != nil {
			break
		}
		at = a.Unmap().WithZone("")
	}
	return at
}
