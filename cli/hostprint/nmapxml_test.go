package hostprint

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/ingest/nmapxml"
)

// reimport reads a report that NmapXML wrote.
func reimport(t testing.TB, report string) (out []*host.Host) {
	t.Helper()
	opt := nmapxml.Options{Warn: func(line int, msg string) { t.Errorf("line %d of the report: %s", line, msg) }}
	_, err := nmapxml.Read(context.Background(), strings.NewReader(report), opt, func(h *host.Host) error {
		out = append(out, h)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// asText returns a structure as it comes back.
func asText(v host.Value) host.Value {
	switch v := v.(type) {
	case *host.Object:
		o := &host.Object{}
		for _, m := range v.Members {
			o.Set(m.Key, asText(m.Value))
		}
		return o
	case host.List:
		var l host.List
		for _, item := range v {
			l = append(l, asText(item))
		}
		return l
	case nil:
		return "None"
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// expected returns what comes back of a host.
func expected(h *host.Host) *host.Host {
	e := *h
	e.Source, e.SourceList, e.Categories, e.Tags, e.Infos, e.CPEs, e.OS = nil, false, nil, nil, nil, nil, nil
	e.Ports = append([]host.Port(nil), h.Ports...)
	for i := range e.Ports {
		p := &e.Ports[i]
		p.Screenshot, p.ScreenData, p.ScreenWords, p.Extra = "", nil, nil, nil
		if p.Service.Name == "https" {
			p.Service.Name, p.Service.Tunnel = "http", "ssl"
		}
		p.Scripts = append([]host.Script(nil), p.Scripts...)
		for j := range p.Scripts {
			if d := p.Scripts[j].Data; d != nil {
				p.Scripts[j].Data = asText(d)
			}
		}
	}
	for i := range h.Hostnames { // Domains in the way of the reader
		e.Hostnames[i].Domains = host.Domains(h.Hostnames[i].Name)
	}
	for i := range e.Traces {
		for j := range e.Traces[i].Hops {
			if hop := &e.Traces[i].Hops[j]; hop.Host != "" {
				hop.Domains = host.Domains(hop.Host)
			}
		}
	}
	e.Finish()
	return &e
}

func TestReimport(t *testing.T) {
	hosts := append([]*host.Host{documented()}, bare()...)
	hosts = append(hosts, real(t)...)
	for i, got := range reimport(t, output(t, NmapXML(maker), hosts...)) {
		if d := cmp.Diff(expected(hosts[i]), got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
			t.Errorf("host %d differs (-printed +read):\n%s", i, d)
		}
	}
	// and once more: nothing gets lost on the way
	once := output(t, NmapXML(maker), reimport(t, output(t, NmapXML(maker), hosts...))...)
	if twice := output(t, NmapXML(maker), reimport(t, once)...); twice != once {
		t.Errorf("the report changes (-first +second):\n%s", cmp.Diff(once, twice))
	}
}

// nesting returns lists and objects in each other.
func nesting(depth int) host.Value {
	var v host.Value = "end"
	for i := range depth {
		if i%2 == 0 {
			v = host.List{v}
		} else {
			v = host.NewObject("k", v)
		}
	}
	return v
}

// Structures that are nested too deep for readers are cut where they become JSON.
func TestDeepTables(t *testing.T) {
	h := &host.Host{Addr: addr("192.0.2.1"), Ports: []host.Port{{Port: 1, Protocol: "tcp", Scripts: []host.Script{{ID: "x", Data: nesting(120)}}}}}
	got := reimport(t, output(t, NmapXML(nil), h))[0].Ports[0].Scripts[0].Data
	depth := 0
	for ; ; depth++ {
		if l, ok := got.(host.List); ok {
			got = l[0]
		} else if o, ok := got.(*host.Object); ok {
			got, _ = o.Get("k")
		} else {
			break
		}
	}
	if want := `[{"k": `; depth != maxTables+1 || !strings.Contains(got.(string), want) {
		t.Errorf("%v at a depth of %d, want JSON at %d", got, depth, maxTables+1)
	}
}

// replaced is what a reader gets for s, by the definition of characters in XML 1.0, section 2.2.
func replaced(s string) string {
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r < 0x20 && !strings.ContainsRune("\t\n\r", r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == 0xfffe || r == 0xffff:
			b.WriteString("\ufffd")
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// everywhere is a host that has s wherever texts are.
func everywhere(s string) *host.Host {
	return &host.Host{
		Addr: addr("192.0.2.1"), State: "up", StateReason: s,
		Addresses:  []host.AddressList{{Type: "mac", Values: []string{s}}},
		Hostnames:  []host.Hostname{{Name: s, Type: s}},
		ExtraPorts: []host.ExtraPorts{{State: s, Total: 1, Reasons: []host.Reason{{Name: s, Count: 1}}}},
		Traces:     []host.Trace{{Protocol: s, Hops: []host.Hop{{Addr: addr("192.0.2.1"), TTL: s, RTT: s, Host: s}}}},
		Extra:      []host.Member{{Key: "timedout", Value: s}},
		Ports: []host.Port{{Port: 1, Protocol: s, State: s, StateReason: s,
			Service: host.Service{Name: s, Product: s, Version: s, ExtraInfo: s, OSType: s, Hostname: s, DeviceType: s, Tunnel: s, Method: s},
			Extra:   []host.Member{{Key: "service_servicefp", Value: s}},
			Scripts: []host.Script{{ID: "id" + s, Output: s, HasOutput: true, Data: host.NewObject(s, s)}, {ID: "list", Data: host.List{s, host.List{s}}}, {ID: "text", Data: s}}}},
	}
}

func checkXML(t *testing.T, s string) {
	t.Helper()
	report := output(t, NmapXML(func(string) (string, bool) { return s, true }), everywhere(s))
	var doc struct {
		Host struct {
			Reason struct {
				V string `xml:"reason,attr"`
			} `xml:"status"`
			Address []struct {
				Vendor string `xml:"vendor,attr"`
			} `xml:"address"`
			Scripts []struct {
				ID     string `xml:"id,attr"`
				Output string `xml:"output,attr"`
				Elem   struct {
					Key  string `xml:"key,attr"`
					Text string `xml:",chardata"`
				} `xml:"elem"`
			} `xml:"ports>port>script"`
		} `xml:"host"`
	}
	d := xml.NewDecoder(strings.NewReader(report))
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("%q: %v in\n%s", s, err, report)
	}
	if _, err := d.Token(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%q: %v after the report", s, err)
	}
	want, h := replaced(s), &doc.Host
	for where, got := range map[string]string{"reason": h.Reason.V, "vendor": h.Address[1].Vendor, "id": strings.TrimPrefix(h.Scripts[0].ID, "id"),
		"output": h.Scripts[0].Output, "key": h.Scripts[0].Elem.Key, "elem": h.Scripts[0].Elem.Text, "list": h.Scripts[1].Elem.Text, "text": h.Scripts[2].Elem.Text} {
		if got != want {
			t.Errorf("%s: got %q, want %q", where, got, want)
		}
	}
	for _, line := range strings.Split(report, "\n") {
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Errorf("a control character is in %q", line)
		}
	}
}

var xmlSeeds = []string{"", "plain", " a  b ", "\n\n", "\r\n\t", "]]>", "<!--", "&amp;&#0;", "\x00\x01\x1b[2J\x7f", "\u009b\u0085", "\xff\xc0\x80", "é\ufffe\uffff\ufffd", "\u2028\u202e", "😀", "\"'<>"}

func TestNmapXMLText(t *testing.T) {
	for _, s := range xmlSeeds {
		checkXML(t, s)
	}
	for c := range 256 {
		checkXML(t, string([]byte{byte(c)}))
		checkXML(t, string(rune(c)))
	}
}

func FuzzNmapXML(f *testing.F) {
	for _, s := range xmlSeeds {
		f.Add(s)
	}
	f.Fuzz(checkXML)
}
