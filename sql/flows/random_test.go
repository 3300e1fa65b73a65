package flows_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"ivre/ingest/flow"
	"ivre/sql/flows"
)

// chooser makes random records and filters from few values, so that they often meet.
type chooser struct{ *rand.Rand }

func pick[T any](r chooser, list ...T) T { return list[r.IntN(len(list))] }

var (
	someAddrs  = []string{"192.0.2.1", "192.0.2.127", "192.0.2.128", "198.51.100.5", "2001:db8::10", "::1", "10.1.0.2"}
	someProtos = []string{"tcp", "tcp", "tcp", "udp", "icmp", "icmp6", "arp", "gre", "it's-\\odd"}
	somePorts  = []uint16{0, 53, 80, 443, 65535}
	someTexts  = []string{
		"200", "true", "GET", "www.example.com", "api.example.com", "it's", `say "hi"`, `back\slash`, "tab\there", "line\nbreak", "nul\x00l",
		"{p1:String}", "caf\u00e9", "\xff\xfe", "'; DROP TABLE flows; --", `\N`, "a OR b", "a || b", "two  blanks",
	}
	someNumbers = []int64{1, 200, 404, 65535, 1 << 62, -7}
)

func (r chooser) time() int64 {
	day := int64(r.IntN(70)) * 86400
	return seconds(float64(1767225600+day)) + int64(r.IntN(86400))*1_000_000 + pick(r, int64(0), 250_000, 1)
}

func (r chooser) key() flow.Event {
	e := flow.Event{Src: addr(pick(r, someAddrs...)), Dst: addr(pick(r, someAddrs...)), Proto: pick(r, someProtos...)}
	if flow.HasPorts(e.Proto) {
		e.Dport = pick(r, somePorts...)
	} else if flow.HasType(e.Proto) {
		e.Type = pick(r, uint8(0), 8, 255)
	}
	return e
}

func (r chooser) event() flow.Event {
	e := r.key()
	e.Start = r.time()
	e.End = e.Start + pick(r, int64(0), 1, 3_600_000_000, 9_000_000_000)
	e.Count = pick(r, uint64(1), 1, 2)
	if flow.HasPorts(e.Proto) {
		e.Sport = pick(r, uint16(0), 80, 40000, 40001, 65535)
	} else if flow.HasType(e.Proto) {
		e.Code = pick(r, uint8(0), 1, 255)
	}
	for _, n := range []*uint64{&e.CsPkts, &e.CsBytes, &e.ScPkts, &e.ScBytes} {
		*n = pick(r, uint64(0), 1, 200, 1<<60)
	}
	return e
}

func (r chooser) meta() flow.Meta {
	k := r.key()
	m := flow.Meta{Src: k.Src, Dst: k.Dst, Proto: k.Proto, Dport: k.Dport, Type: k.Type, Start: r.time(), Name: pick(r, "http", "http", "dns", "ssh")}
	m.End = m.Start
	p, _ := flow.MetadataByName(m.Name)
	for range r.IntN(4) {
		key := p.Keys[r.IntN(min(3, len(p.Keys)))].Name
		switch r.IntN(4) {
		case 0:
			m.AddInt(key, pick(r, someNumbers...))
		case 1:
			m.AddBool(key, true)
		default:
			m.AddString(key, pick(r, someTexts...))
		}
	}
	for _, c := range p.Counters {
		m.AddCounter(c.Name, pick(r, uint64(0), 1, 200))
	}
	return m
}

func (r chooser) records(events, metas int) *records {
	all := &records{}
	for range events {
		all.events = append(all.events, r.event())
	}
	for range metas {
		all.metas = append(all.metas, r.meta())
	}
	return all
}

var someFields = []string{
	"addr", "src.addr", "dst.addr", "proto", "dport", "type", "count", "csbytes", "scpkts", "firstseen", "lastseen",
	"sports", "sports", "codes", "times", "times.start", "times.duration",
	"meta.http", "meta.dns", "meta.http.method", "meta.http.host", "meta.http.host", "meta.ssh.version", "meta.ssh.auth_success",
	"meta.dns.query", "meta.http.request_body_len", "meta.http.response_body_len",
}

// clause makes a random clause, as text and in its parts.
func (r chooser) clause() modelClause {
	c := modelClause{attr: pick(r, someFields...), neg: pick(r, "", "", "", "!", "-", "~")}
	isAddr := strings.HasSuffix(c.attr, "addr")
	if r.IntN(8) == 0 {
		c.text = c.neg + c.attr
		return c
	}
	array := isArray(c.attr)
	c.mode = pick(r, "", "", "", "ANY", "NONE", "ALL", "ONE", "LEN")
	if !array && (c.mode == "ALL" || c.mode == "ONE") || !array && c.attr == "addr" && c.mode == "LEN" {
		c.mode = ""
	}
	c.op = pick(r, "=", "=", "!=", "<", "<=", ">", ">=", "=~")
	written := ""
	switch {
	case c.mode == "LEN":
		if c.op == "=~" {
			c.op = "="
		}
		n := int64(r.IntN(5) - 1)
		c.value, written = n, strconv.FormatInt(n, 10)
	case isAddr:
		c.op = pick(r, "=", "!=", "=~")
		c.value, written = r.addrValue(c.op)
	case strings.HasSuffix(c.attr, "seen") || c.attr == "times.start":
		if c.op == "=~" {
			c.op = ">"
		}
		t := micros(r.time())
		if r.IntN(2) == 0 {
			t = t.Truncate(time.Hour)
		}
		c.value, written = t, t.Format("2006-01-02 15:04:05.000000")
	case c.op == "=~":
		s := pick(r, "^www", "example", "^$", ".", "[0-9]+$", "(?i)GET", "hi", `\\`, "^t", "p1:", "\u00e9$", "\\x00", "^.{3}$", "[^a-z]$", "line.break")
		c.value, written = modelPattern(s), quote(s)
	default:
		c.value, written = r.value()
	}
	op := c.op
	if op == "=" {
		op = pick(r, "=", "==", ":")
	}
	mode := c.mode
	if mode != "" {
		mode += " "
	}
	blank := pick(r, "", " ")
	c.text = c.neg + mode + c.attr + blank + op + blank + written
	return c
}

func (r chooser) addrValue(op string) (any, string) {
	a := netip.MustParseAddr(pick(r, someAddrs...))
	if op == "=~" || r.IntN(4) == 0 {
		bits := pick(r, 0, 8, 25, a.BitLen())
		p := netip.PrefixFrom(a, bits)
		return p.Masked(), p.String()
	}
	return a, a.String()
}

func (r chooser) value() (any, string) {
	switch r.IntN(12) {
	case 0:
		return nil, pick(r, "null", "None", "none")
	case 1:
		return true, pick(r, "true", "True")
	case 2:
		return false, "false"
	case 3:
		f := pick(r, 80.0, 79.5, 1e19, -0.5, 200.0)
		s := strconv.FormatFloat(f, 'f', 1, 64)
		return f, s
	case 4, 5, 6:
		n := pick(r, someNumbers...)
		if r.IntN(2) == 0 {
			n = int64(pick(r, 0, 8, 53, 80, 443, 40000, 40001, 65535, 3600, 1))
		}
		return n, strconv.FormatInt(n, 10)
	case 7:
		list := slices.Clone([]any{int64(40000), int64(40001), int64(80)})[:1+r.IntN(3)]
		return list, strings.ReplaceAll(fmt.Sprint(list), " ", ",")
	case 8:
		p := pick(r, someProtos...)
		return p, quote(p)
	}
	s := pick(r, someTexts...)
	return s, quote(s)
}

// quote writes a text as a literal that filters read back as the same bytes.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\x00", `\x00`).Replace(s) + `"`
}

func (r chooser) filters() []modelFilter {
	out := make([]modelFilter, 1+r.IntN(3)/2)
	for i := range out {
		for range 1 + r.IntN(5)/2 {
			out[i] = append(out[i], r.clause())
		}
	}
	return out
}

// bounds sets the time bounds of a request at times.
func (r chooser) bounds(req *flows.Request) {
	if r.IntN(6) == 0 {
		req.After = micros(r.time())
	}
	if r.IntN(6) == 0 {
		req.Before = micros(r.time())
	}
	if r.IntN(12) == 0 {
		req.Precision = pick(r, 3600, 60)
	}
}

func withinBounds(f *modelFlow, req flows.Request) bool {
	if req.After.IsZero() && req.Before.IsZero() && req.Precision == 0 {
		return true
	}
	return slices.ContainsFunc(f.elements("times"), func(e any) bool {
		s := e.(flows.Slot)
		return (req.After.IsZero() || !s.Start.Before(req.After)) && (req.Before.IsZero() || s.Start.Before(req.Before)) &&
			(req.Precision == 0 || s.Duration == req.Precision)
	})
}
