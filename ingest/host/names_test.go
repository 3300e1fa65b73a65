package host

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAddHostname(t *testing.T) {
	h := &Host{}
	for _, n := range []string{"Web.Example.net.", "web.example.net", "*.example.net", "", "a b", "é.example", "192.0.2.1", "2001:db8::1", "http://x/", "1.2.3", "..."} {
		h.AddHostname(n, "service")
	}
	h.AddHostname("web.example.net", "smb")
	want := []Hostname{
		{Name: "web.example.net", Type: "service", Domains: []string{"web.example.net", "example.net", "net"}},
		{Name: "*.example.net", Type: "service", Domains: []string{"*.example.net", "example.net", "net"}},
		{Name: "1.2.3", Type: "service", Domains: []string{"1.2.3", "2.3", "3"}},
		{Name: "web.example.net", Type: "smb", Domains: []string{"web.example.net", "example.net", "net"}},
	}
	if diff := cmp.Diff(want, h.Hostnames); diff != "" {
		t.Error(diff)
	}
}

func TestParseCPE(t *testing.T) {
	tests := []struct {
		s    string
		want CPE
		ok   bool
	}{
		{"cpe:/o:linux:linux_kernel", CPE{Type: "o", Vendor: "linux", Product: "linux_kernel"}, true},
		{"cpe:2.3:a:v:p:1.0:*:*:*", CPE{Type: "a", Vendor: "v", Product: "p", Version: "1.0:*:*:*"}, true},
		{"cpe:/a", CPE{}, false},
		{"foo", CPE{}, false},
	}
	for _, tt := range tests {
		if got, ok := ParseCPE(tt.s); ok != tt.ok || !cmp.Equal(got, tt.want) {
			t.Errorf("%s: %+v, %v", tt.s, got, ok)
		}
	}
}

// Long lists must be what short ones are once Finish was called, in the same order, and must not take quadratic
// time: neither with many items nor with the same ones again and again.
func TestLongLists(t *testing.T) {
	const n = 100000
	for _, distinct := range []int{3, longList - 1, longList, longList + 1, 1000, 16383, n} {
		t.Run(fmt.Sprint(distinct), func(t *testing.T) {
			h := &Host{}
			start := time.Now()
			for i := range n {
				i %= distinct
				name := fmt.Sprintf("n%d", i)
				h.AddHostname(name, "a")
				h.AddAddress("mac", name)
				h.AddCPE("cpe:/a:"+name+":p", fmt.Sprint(i%7))
				h.AddCPE("cpe:/a:all:p", name)
			}
			longest := 4*max(distinct, longList) + 2
			if len(h.Hostnames) > longest || len(h.Addresses[0].Values) > longest || len(h.CPEs) > longest {
				t.Errorf("doubles take much room: %d, %d, %d", len(h.Hostnames), len(h.Addresses[0].Values), len(h.CPEs))
			}
			h.Finish()
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			checkLongLists(t, h, distinct)
		})
	}
}

func checkLongLists(t *testing.T, h *Host, distinct int) {
	if len(h.Hostnames) != distinct || len(h.Addresses[0].Values) != distinct || len(h.CPEs) != distinct+1 {
		t.Fatalf("%d names, %d addresses, %d CPEs", len(h.Hostnames), len(h.Addresses[0].Values), len(h.CPEs))
	}
	var names, all []string
	for i := range distinct {
		names = append(names, fmt.Sprintf("n%d", i))
		all = append(all, fmt.Sprintf("n%d", i))
		if h.Hostnames[i].Name != names[i] {
			t.Fatalf("name %d is %s", i, h.Hostnames[i].Name)
		}
	}
	slices.Sort(all)
	if diff := cmp.Diff(names, h.Addresses[0].Values); diff != "" {
		t.Error(diff)
	}
	for i := range h.CPEs {
		switch c := &h.CPEs[i]; {
		case c.Vendor == "all":
			if diff := cmp.Diff(all, c.Origins); diff != "" || i != 1 {
				t.Error(i, diff)
			}
		case !slices.IsSorted(c.Origins) || len(c.Origins) == 0 || len(c.Origins) != len(slices.Compact(slices.Clone(c.Origins))):
			t.Errorf("origins %v", c.Origins)
		}
	}
}

// Dropping doubles must not change the list of a copy of the record.
func TestLongListsOfCopies(t *testing.T) {
	h := &Host{}
	for i := range longList {
		h.AddHostname(fmt.Sprint("n", i), "a")
	}
	for len(h.Hostnames) < cap(h.Hostnames) {
		h.AddHostname("n1", "a")
	}
	before := slices.Clone(h.Hostnames)
	twin := *h
	twin.AddHostname("n1", "a")
	twin.Finish()
	if len(twin.Hostnames) != longList || !cmp.Equal(before, h.Hostnames) {
		t.Errorf("%d names; the other record's list is changed", len(twin.Hostnames))
	}
}

func TestOpenPorts(t *testing.T) {
	open := func(protocol string, ports ...int) (out []Port) {
		for _, p := range ports {
			out = append(out, Port{Port: p, Protocol: protocol, State: "open"})
		}
		return out
	}
	tests := []struct {
		name  string
		ports []Port
		want  OpenPorts
	}{
		{"none", []Port{{Port: 1, State: "closed"}, {Port: 2, State: "open|filtered"}, {Port: HostScripts, State: "open"}}, OpenPorts{}},
		{"order of the record", slices.Concat(open("udp", 53), open("tcp", 443, 80, 443, 80, 22), open("udp", 53, 1)),
			OpenPorts{5, []ProtocolPorts{{"udp", []int{53, 1}}, {"tcp", []int{443, 80, 22}}}}},
		{"port 0", open("tcp", 0, 0), OpenPorts{1, []ProtocolPorts{{"tcp", []int{0}}}}},
	}
	for _, tt := range tests {
		h := &Host{Ports: tt.ports}
		if diff := cmp.Diff(tt.want, h.OpenPorts()); diff != "" {
			t.Error(tt.name, diff)
		}
	}
}

func TestManyOpenPorts(t *testing.T) {
	start := time.Now()
	for _, protocols := range []int{1, 7, 8, 9, 5000} {
		var h Host
		for pass := range 3 { // down, up, down
			for i := range 65536 {
				port := i
				if pass != 1 {
					port = 65535 - i
				}
				h.Ports = append(h.Ports, Port{Port: port, Protocol: fmt.Sprint(port % protocols), State: "open"})
			}
		}
		open := h.OpenPorts()
		if open.Count != 65536 || len(open.Protocols) != protocols {
			t.Errorf("%d protocols: %d open ports of %d protocols", protocols, open.Count, len(open.Protocols))
		}
		for _, l := range open.Protocols {
			if !slices.IsSortedFunc(l.Ports, func(a, b int) int { return b - a }) {
				t.Errorf("%d protocols: the order is not that of the record", protocols)
			}
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestDomains(t *testing.T) {
	if got := strings.Join(Domains("a..b.example"), " "); got != "a..b.example .b.example b.example example" {
		t.Error(got)
	}
}
