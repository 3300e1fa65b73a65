package host

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// same compares records.
var same = cmp.Options{cmpopts.EquateComparable(netip.Addr{})}

// generator makes records that use every field, in the ways that the fields' documentation allows.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func (g generator) maybe() bool { return g.IntN(2) == 0 }

func list[T any](g generator, most int, item func() T) []T {
	var out []T
	for range g.IntN(most + 1) {
		out = append(out, item())
	}
	return out
}

// text returns a text that is not empty.
func (g generator) text() string {
	words := []string{"a", "nginx", "Apache httpd", "é", "日本", "😀", "\n", "\r\n", "\t", "\"", `\`, "</script>", "\x00", "\x1f", "\x7f",
		"\u2028", "\ufffd", "\b\f", "plain ascii that is longer than eight bytes", "/", "cpe:/a:x:y", " "}
	var b strings.Builder
	for range 1 + g.IntN(4) {
		b.WriteString(words[g.IntN(len(words))])
	}
	return b.String()
}

func (g generator) optional() string {
	if g.maybe() {
		return ""
	}
	return g.text()
}

func (g generator) int() Int {
	if g.maybe() {
		return Int{}
	}
	return Some(int64(g.Uint64()) >> g.IntN(64))
}

func (g generator) sorted(most int) []string {
	out := list(g, most, g.text)
	slices.Sort(out)
	return slices.Compact(out)
}

func (g generator) time() time.Time {
	t := time.Unix(g.Int64N(253402300800), 0).UTC()
	if g.maybe() {
		t = t.Add(time.Duration(g.IntN(1e6)) * time.Microsecond)
	}
	return t
}

func (g generator) addr() netip.Addr {
	if g.maybe() {
		return netip.AddrFrom4([4]byte{192, 0, 2, byte(g.IntN(256))})
	}
	return netip.MustParseAddr(fmt.Sprintf("2001:db8::%x:%x", g.IntN(65536), g.IntN(3)))
}

func (g generator) value(depth int) Value {
	n := 9
	if depth > 3 {
		n = 7
	}
	switch g.IntN(n) {
	case 0:
		return nil
	case 1:
		return g.maybe()
	case 2:
		return int64(g.Uint64()) >> g.IntN(64)
	case 3:
		return math.Float64frombits(g.Uint64()&^(1<<62) | uint64(g.IntN(2))<<61)
	case 4:
		return float64(g.IntN(1000)) * []float64{1, 0.5, 1e-5, 1e14, 1e20}[g.IntN(5)]
	case 5:
		return json.Number([]string{"9223372036854775808", "-9223372036854775809", "123456789012345678901234567890"}[g.IntN(3)])
	case 6:
		return g.optional()
	case 7:
		l := List{}
		for range g.IntN(4) {
			l = append(l, g.value(depth+1))
		}
		return l
	}
	return g.object(depth + 1)
}

func (g generator) object(depth int) *Object {
	return &Object{g.members(func() Value { return g.value(depth) })}
}

func (g generator) members(value func() Value) []Member {
	var out Object
	for range g.IntN(5) {
		out.Set(g.text(), value())
	}
	if g.IntN(50) == 0 {
		for i := range 40 {
			out.Set(fmt.Sprint("many", i), value())
		}
	}
	return out.Members
}

func (g generator) extra() []Member {
	if g.IntN(4) > 0 {
		return nil
	}
	return g.members(func() Value { return g.value(2) })
}

func (g generator) host() *Host {
	h := &Host{
		State: g.optional(), StateReason: g.optional(), StateReasonTTL: g.int(),
		Source: list(g, 3, g.text), Categories: g.sorted(3), Extra: g.extra(),
		Hostnames: list(g, 3, func() Hostname {
			return Hostname{Name: g.optional(), Type: g.optional(), Domains: list(g, 3, g.text), Extra: g.extra()}
		}),
		CPEs: list(g, 3, func() CPE {
			return CPE{g.text(), g.text(), g.optional(), g.optional(), g.sorted(3)}
		}),
		Traces: list(g, 2, func() Trace { return Trace{g.optional(), g.int(), list(g, 4, g.hop)} }),
		Ports:  list(g, 6, g.port),
	}
	if g.maybe() {
		h.Addr = g.addr()
	}
	if g.maybe() {
		h.Start, h.End = g.time(), g.time()
	}
	h.SourceList = len(h.Source) > 1 || len(h.Source) == 1 && g.maybe()
	for _, typ := range list(g, 2, g.text) {
		for range 1 + g.IntN(3) {
			h.AddAddress(typ, g.text())
		}
	}
	for range g.IntN(4) {
		h.AddTag(Tag{g.text(), g.optional(), g.sorted(3)})
	}
	if g.maybe() {
		h.Infos = g.object(0)
	}
	if g.maybe() {
		h.OS = &OS{Match: list(g, 2, g.texts), Class: list(g, 2, g.texts), Fingerprint: g.optional()}
		if g.maybe() {
			h.OS.PortUsed = g.texts()
		}
	}
	for _, m := range g.members(func() Value { return nil }) {
		l := ExtraPorts{State: m.Key, Total: g.Int64N(65536)}
		for _, m := range g.members(func() Value { return nil }) {
			l.Reasons = append(l.Reasons, Reason{m.Key, g.Int64N(65536)})
		}
		h.ExtraPorts = append(h.ExtraPorts, l)
	}
	return h
}

func (g generator) texts() *Object { return &Object{g.members(func() Value { return g.text() })} }

func (g generator) hop() Hop {
	hop := Hop{Host: g.optional(), Domains: list(g, 2, g.text), Extra: g.extra()}
	if g.maybe() {
		hop.Addr = g.addr()
	}
	hop.TTL = []Value{nil, int64(3), "x"}[g.IntN(3)]
	hop.RTT = []Value{nil, 3.0, 0.25, "--"}[g.IntN(4)]
	return hop
}

func (g generator) port() Port {
	p := Port{
		Port: g.IntN(65537) - 1, Protocol: g.optional(), State: []string{"", "open", "closed"}[g.IntN(3)],
		StateReason: g.optional(), StateReasonTTL: g.int(),
		Scripts: list(g, 3, g.script), Screenshot: g.optional(), ScreenWords: list(g, 3, g.text), Extra: g.extra(),
		Service: Service{Name: g.optional(), Product: g.optional(), Version: g.optional(), ExtraInfo: g.optional(),
			OSType: g.optional(), Hostname: g.optional(), DeviceType: g.optional(), Tunnel: g.optional(), Method: g.optional(),
			Conf: g.int(), RPCNum: g.int(), LowVer: g.int(), HighVer: g.int()},
	}
	if g.maybe() {
		p.StateReasonIP = g.addr()
	}
	if g.maybe() {
		p.ScreenData = g.bytes()
	}
	return p
}

func (g generator) bytes() []byte {
	b := make([]byte, 1+g.IntN(30))
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

func (g generator) script() Script {
	s := Script{ID: []string{"http-title", "http-vuln-cve2011-3192", "ssl-cacert", "x"}[g.IntN(4)], Extra: g.extra()}
	if g.maybe() {
		s.Output, s.HasOutput = g.optional(), true
	}
	switch {
	case s.ID == "ssl-cacert":
		s.Data = List{&Object{[]Member{{"not_before", g.time()}, {"subject", g.object(0)}, {"not_after", g.time()}}}}
	case g.maybe():
		s.Data = g.value(0)
	}
	if g.maybe() {
		s.Masscan = &Banner{Encoded: g.optional()}
		if g.maybe() {
			s.Masscan.Raw = g.bytes()
		}
	}
	return s
}
