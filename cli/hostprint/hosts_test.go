package hostprint

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"ivre/ingest/host"
	"ivre/ingest/nmapxml"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func names(typ string, list ...string) (out []host.Hostname) {
	for _, n := range list {
		out = append(out, host.Hostname{Name: n, Type: typ, Domains: host.Domains(n)})
	}
	return out
}

// documented is the host of the layout's documentation.
func documented() *host.Host {
	return &host.Host{
		Addr:      addr("192.0.2.10"),
		Addresses: []host.AddressList{{Type: "mac", Values: []string{"00:00:5e:00:53:01"}}},
		Hostnames: append(names("PTR", "www.example.com"), names("service", "web.corp.example.com")...),
		Start:     time.Unix(1700000001, 0).UTC(), End: time.Unix(1700000100, 0).UTC(),
		State: "up", StateReason: "echo-reply", StateReasonTTL: host.Some(54),
		Source: []string{"s1", "s2"}, SourceList: true,
		Categories: []string{"_hidden", "c1", "c2"},
		Tags:       []host.Tag{{Value: "CDN", Type: "info", Info: []string{"a", "b"}}},
		Infos: host.NewObject("country_code", "FR", "country_name", "France", "city", "Paris", "as_num", int64(64500),
			"as_name", "Example AS"),
		ExtraPorts: []host.ExtraPorts{{State: "filtered", Total: 996, Reasons: []host.Reason{
			{Name: "no-response", Count: 990}, {Name: "admin-prohibited", Count: 6}}}},
		OS: &host.OS{
			Match: []*host.Object{host.NewObject("name", "Linux 5.0 - 5.14", "accuracy", "95", "line", "70000")},
			Class: []*host.Object{
				host.NewObject("type", "WAP", "vendor", "MikroTik", "osfamily", "RouterOS", "accuracy", "9"),
				host.NewObject("type", "general purpose", "vendor", "Linux", "osfamily", "Linux", "osgen", "5.X", "accuracy", "95"),
			}},
		Traces: []host.Trace{{Protocol: "tcp", Port: host.Some(80), Hops: []host.Hop{
			{Addr: addr("192.0.2.10"), TTL: int64(2), RTT: "--"},
			{Addr: addr("198.51.100.1"), TTL: int64(1), RTT: 0.5, Host: "gw.example.net"},
		}}},
		Ports: []host.Port{
			{Port: 8080, Protocol: "tcp", State: "open", Service: host.Service{Name: "http-proxy"}},
			{Port: host.HostScripts, Scripts: []host.Script{{ID: "fcrdns", Output: "PASS", HasOutput: true}}},
			{Port: 22, Protocol: "tcp", State: "open", StateReason: "syn-ack", StateReasonTTL: host.Some(54),
				Service: host.Service{Name: "ssh", Method: "probed", Product: "OpenSSH", Version: "8.4p1",
					ExtraInfo: "protocol 2.0", OSType: "Linux", Conf: host.Some(10)},
				Scripts: []host.Script{{ID: "ssh-hostkey", Output: "\n  2048 aa:bb (RSA)\n", HasOutput: true,
					Data: host.List{host.NewObject("type", "ssh-rsa", "bits", int64(2048), "fingerprint", nil)}}}},
			{Port: 443, Protocol: "tcp", State: "open", StateReason: "syn-ack", StateReasonTTL: host.Some(54),
				Service: host.Service{Name: "http", Tunnel: "ssl", Method: "probed", Product: "nginx"},
				Scripts: []host.Script{{ID: "http-headers", HasOutput: true,
					Output: "\n  Server: nginx\n  \n  (Request type: HEAD)\n"}},
				Screenshot: "field", ScreenData: []byte{0xff, 0xd8, 0xff}, ScreenWords: []string{"login"}},
		},
	}
}

// hostile is a host whose answers try to run commands everywhere they are shown.
func hostile() *host.Host {
	const evil = "a\x1b]0;pwned\x07\r\nb\tc\x9b31m\u009b31m\u202e\"'<&>`$(id);/\\"
	p := func(port int, service string) host.Port {
		return host.Port{Port: port, Protocol: "tcp", State: "open", StateReason: evil, StateReasonIP: addr("2001:db8::1"),
			Service: host.Service{Name: service, Tunnel: evil, Method: evil, Product: evil, Version: evil, ExtraInfo: evil,
				OSType: evil, Hostname: evil, DeviceType: evil},
			Extra: []host.Member{{Key: "service_servicefp", Value: evil}, {Key: "state_reason_" + evil, Value: evil}},
			Scripts: []host.Script{
				{ID: evil, Output: evil, HasOutput: true, Data: host.NewObject(evil, evil, "list", host.List{true, nil, 1.5, evil, host.List{}})},
				{ID: "banner", Output: evil, HasOutput: true, Data: evil},
			}}
	}
	http := p(80, "http")
	other := p(1, evil)
	other.State = evil
	wrapped := p(7, "tcpwrapped")
	udp := host.Port{Port: 53, Protocol: "udp", State: "open|filtered"}
	sctp := host.Port{Port: 36412, Protocol: "sctp" + evil, State: "closed"}
	return &host.Host{
		Addr:      addr("2001:db8::bad"),
		Addresses: []host.AddressList{{Type: "mac", Values: []string{evil}}, {Type: "ipv4", Values: []string{"192.0.2.66"}}},
		Hostnames: append(names("PTR", evil), names("user", "b.example", "a.example", "*.example", "a.example", "example")...),
		State:     evil, StateReason: evil, Source: []string{evil}, Categories: []string{evil},
		Tags:  []host.Tag{{Value: evil, Type: "info", Info: []string{evil}}},
		Infos: host.NewObject("country_code", evil, "city", evil, "as_name", evil),
		ExtraPorts: []host.ExtraPorts{{State: "closed", Total: 3}, {State: evil, Total: 7,
			Reasons: []host.Reason{{Name: "reset", Count: 2}, {Name: evil, Count: 5}}}},
		OS: &host.OS{Match: []*host.Object{host.NewObject("name", evil)},
			Class: []*host.Object{host.NewObject("vendor", evil, "accuracy", evil)}},
		Traces: []host.Trace{
			{Hops: []host.Hop{{Addr: addr("198.51.100.1"), TTL: evil, RTT: evil, Host: evil}, {TTL: nil, RTT: nil}}},
			{Protocol: evil, Hops: []host.Hop{
				{Addr: addr("198.51.100.1"), TTL: int64(1), RTT: 1.25}, {Addr: addr("2001:db8::ff"), TTL: int64(2), RTT: 0.25},
				{Addr: addr("2001:db8::fe"), TTL: int64(4), RTT: 4.0}}},
		},
		Extra: []host.Member{{Key: "timedout", Value: evil}, {Key: "timeoutcounter", Value: int64(3)}},
		Ports: []host.Port{other, wrapped, p(22, "ssh"), http, p(8443, "https-alt"), udp, sctp,
			{Port: host.HostScripts, Scripts: []host.Script{{ID: "a"}, {ID: evil, Output: evil, HasOutput: true}}}},
	}
}

// bare are hosts of which next to nothing is known.
func bare() []*host.Host {
	return []*host.Host{
		{Addr: addr("192.0.2.11"), Hostnames: names("A", "dns.example.org")},
		{
			Addr: addr("192.0.2.12"), State: "up", Source: []string{"s1"},
			Infos: host.NewObject("country_code", nil, "as_num", int64(64501)),
			Ports: []host.Port{
				{Port: 80, Protocol: "tcp", StateReasonTTL: host.Some(3)},
				{Port: 22, Protocol: "tcp", State: "open", Service: host.Service{Name: "ssh", Product: "Cisco SSH server"}},
				{Port: 2222, Protocol: "tcp", State: "open", Service: host.Service{Name: "ssh"},
					Scripts: []host.Script{{ID: "banner", Output: "SSH-2.0-dropbear_2020.81 $HOME", HasOutput: true}}},
				{Port: 23, Protocol: "tcp", State: "closed"},
				{Port: 443, Protocol: "tcp", State: "open", Service: host.Service{Name: "https"}},
			},
			ExtraPorts: []host.ExtraPorts{{State: "closed", Total: 10, Reasons: []host.Reason{{Name: "resets", Count: 10}}}},
			OS:         &host.OS{},
			Traces: []host.Trace{{Protocol: "icmp", Hops: []host.Hop{
				{Addr: addr("198.51.100.1"), TTL: int64(1), RTT: 1.0}, {Addr: addr("198.51.100.2"), TTL: int64(2), RTT: 2.0},
				{Addr: addr("198.51.100.3"), TTL: int64(3), RTT: 12.6}, {Addr: addr("192.0.2.12"), TTL: int64(4), RTT: 13.0}}}},
		},
		{ // the same host, seen again
			Addr: addr("192.0.2.12"), State: "up",
			Traces: []host.Trace{{Protocol: "icmp", Hops: []host.Hop{
				{Addr: addr("198.51.100.1"), TTL: int64(1), RTT: 3.0}, {Addr: addr("198.51.100.2"), TTL: int64(2), RTT: 5.0}}}},
		},
	}
}

func rich() []*host.Host { return append([]*host.Host{documented(), hostile()}, bare()...) }

// real are hosts as Nmap 7.93 reported them.
func real(t *testing.T) (out []*host.Host) {
	t.Helper()
	f, err := os.Open("testdata/nmap-A.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = nmapxml.Read(context.Background(), f, nmapxml.Options{}, func(h *host.Host) error {
		out = append(out, h)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 5 {
		t.Fatalf("%d hosts in the report, want 5", len(out))
	}
	return out
}

func maker(mac string) (string, bool) {
	switch {
	case strings.HasPrefix(mac, "00:00:5e:"):
		return "ICANNIANADep", true
	case strings.HasPrefix(mac, "a"):
		return "Evil\x1b[2J", true
	}
	return "", false
}

func clusterOf(a netip.Addr) (id, name string) {
	if a.Is4() && a.As4()[3] < 3 {
		return "64500 " + `x`, "AS64500 \"Example\"\x1b\\"
	}
	return "", ""
}
