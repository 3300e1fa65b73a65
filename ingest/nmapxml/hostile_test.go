package nmapxml

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"ivre/ingest/host"
)

// TestTruncation cuts a report at every offset: the hosts that end before the cut are there, the others are not, and
// the error tells where the report ends.
func TestTruncation(t *testing.T) {
	text := realReport(t, "nmap-A.xml")
	step := 1
	if testing.Short() {
		step = 97
	}
	complete := bytes.Index(text, []byte("</nmaprun>")) + len("</nmaprun>")
	for n := 0; n <= len(text); n += step {
		res, err := Read(context.Background(), bytes.NewReader(text[:n]), Options{}, func(*host.Host) error { return nil })
		if want := int64(bytes.Count(text[:n], []byte("</host>"))); res.Hosts != want {
			t.Fatalf("cut at %d: %d hosts, want %d", n, res.Hosts, want)
		}
		want := ErrTruncated
		switch {
		case n == 0:
			want = ErrSyntax
		case n >= complete:
			want = nil
		}
		if !errors.Is(err, want) || (err == nil) != (want == nil) || res.Truncated != (want == ErrTruncated) {
			t.Fatalf("cut at %d: %v, want %v; %+v", n, err, want, res)
		}
		if res.Unreadable != 0 || res.Offset != int64(n) || res.Line != bytes.Count(text[:n], newline)+1 {
			t.Fatalf("cut at %d: %+v", n, res)
		}
	}
}

// addresses lists the hosts that were emitted.
func addresses(hosts []*host.Host) string {
	var out []string
	for _, h := range hosts {
		out = append(out, strings.TrimPrefix(h.Addr.String(), "192.0.2."))
	}
	return strings.Join(out, " ")
}

func numbered(n int, inner string) string {
	return fmt.Sprintf("<host><address addr=\"192.0.2.%d\"/>%s</host>\n", n, inner)
}

// TestDamage has reports with unreadable places between two good hosts. What is before and behind them is read.
func TestDamage(t *testing.T) {
	const good = "1 3"
	for _, c := range []struct{ name, damage, hosts, warning string }{
		{"time", `<host starttime="12a">` + address + `</host>`, good, `2: unreadable element: starttime: "12a" is not an integer; the host that starts at line 2 is left out`},
		{"end time", `<host endtime="">` + address + `</host>`, good, `endtime: "" is not an integer`},
		{"float", `<host starttime="1.5"/>`, good, `"1.5" is not an integer`},
		{"overflow", `<host starttime="99999999999999999999"/>`, good, `is not an integer`},
		{"before 1970", `<host starttime="-1"/>`, good, `starttime: -1 is out of range`},
		{"after 9999", `<host starttime="253402300800"/>`, good, `is out of range`},
		{"ttl", numbered(2, "\n"+`<status state="up" reason_ttl="x"/>`), good, `3: unreadable element: reason_ttl: "x" is not an integer; the host that starts at line 2`},
		{"port ttl", numbered(2, `<ports><port portid="1"><state reason_ttl=""/></port></ports>`), good, `reason_ttl`},
		{"conf", numbered(2, `<ports><port portid="1"><service conf="x"/></port></ports>`), good, `conf: "x"`},
		{"count", numbered(2, `<ports><extraports count="x"/></ports>`), good, `count: "x"`},
		{"reason count", numbered(2, `<ports><extraports><extrareasons count="x"/></extraports></ports>`), good, `count: "x"`},
		{"address", numbered(2, "") + `<host><address addr="192.0.2.256"/></host>`, "1 2 3", `addr: "192.0.2.256" is not an IP address`},
		{"only the first error", `<host starttime="x" endtime="y"><status reason_ttl="z"/><ports></host>`, good, `starttime`},
		{"elem in a lost host", `<host><ports><port portid="1"><script id="x"><elem>` + strings.Repeat("x", 100) + `</elem><table/></script><state reason_ttl="x"/><cpe>`, good, "reason_ttl"},

		{"end tag", numbered(2, `<ports></port>`), good, `unreadable element: </port> closes another element; the host`},
		{"end of host", `<host><ports></host>`, good, `</host> closes another element`},
		{"unknown end tag", numbered(2, `<foo></bar>`), good, `</bar> closes another element`},
		{"no end", `<host><ports><port portid="1">`, good, `3: unreadable element: it has no end; the host that starts at line 2`},
		{"cut in a tag", `<host><ports><port portid="1"`, good, `'<' in a tag`},
		{"cut in a value", `<host><ports><port portid="`, good, `'<' in the value`},
		{"cut in a name", `<host><por`, good, `'<' in a tag`},
		{"cut in an end tag", `<host><ports></por`, good, `'<' where '>' must be`},
		{"cut twice", `<host><ports><port portid="` + "\n" + `<host><ports`, good, `'<' in the value`},
		{"quote", numbered(2, `<status state=up"/>`), good, `'u' where the value of an attribute must start with a quote`},
		{"zeros", "<host><ports>\x00\x00\x00\x00</ports>" + strings.Repeat("\x00", 9000) + "<address addr='192.0.2.2'/></host>", "1 2 3", ``},
		{"zeros in a tag", "<host \x00\x00\x00>" + strings.Repeat("\x00", 200_000), good, `'\x00' in a tag`},
		{"between hosts", `<>`, good, `2: unreadable element: a '<' without the name of an element`},
		{"text between hosts", `x > & ]]> "'`, good, ``},
		{"end tag between hosts", `</host>`, good, `</host> closes another element`},
		{"hosts", `<host><<hosts><host-x>`, good, `without the name`},
		{"new report", "<host><ports>\n<?xml version='1.0'?><nmaprun scanner='masscan'>" + numbered(2, ""), "1 2 3", `3: unreadable element: it has no end`},
		{"end of a report", `</nmaprun><foo/>`, "1 3", `an element behind </nmaprun>`},
		{"depth", numbered(2, strings.Repeat("<table>", 200)), good, "more than 100 elements"},
		{"attributes", `<host ` + strings.Repeat(`a="b" `, 300) + `>`, good, "more than 256 attributes"},
		{"declaration", numbered(2, `<!ENTITY x SYSTEM "file:///etc/passwd">`), good, "a declaration"},
	} {
		text := "<nmaprun>" + numbered(1, "") + c.damage + "\n" + numbered(3, "") + "</nmaprun>"
		for _, r := range readers(text) {
			var warnings []string
			var hosts []*host.Host
			res, err := Read(context.Background(), r.r, Options{Warn: func(line int, msg string) {
				warnings = append(warnings, fmt.Sprintf("%d: %s", line, msg))
			}}, func(h *host.Host) error {
				hosts = append(hosts, h)
				return nil
			})
			if err != nil || addresses(hosts) != c.hosts {
				t.Errorf("%s, %s: hosts %s, %v", c.name, r.name, addresses(hosts), err)
			}
			found := c.warning == "" && len(warnings) == 0
			for _, w := range warnings {
				found = found || c.warning != "" && strings.Contains(w, c.warning)
			}
			if !found || int(res.Unreadable) != len(warnings) || res.Truncated {
				t.Errorf("%s, %s: warnings %q, %+v", c.name, r.name, warnings, res)
			}
		}
	}
}

// TestEnds has reports that are not complete, or none at all.
func TestEnds(t *testing.T) {
	one := "<nmaprun>" + numbered(1, "")
	for _, c := range []struct {
		text, hosts, err string
		is               error
	}{
		{"", "", "it is empty", ErrSyntax},
		{"<html><body/></html>", "", "the outermost element is <html>, not <nmaprun>", ErrSyntax},
		{"<host>" + address + "</host>", "", "the outermost element is <host>", ErrSyntax},
		{"</nmaprun>", "", "without a start", ErrSyntax},
		{" \n \n<nmaprun>", "", "it ends at line 3 (offset 13)", ErrTruncated},
		{"\xef\xbb\xbf \n" + one + "</nmaprun>", "1", "", nil},
		{"<!-- Nmap", "", "it ends at line 1 (offset 9) without </nmaprun>", ErrTruncated},
		{"<?xml version='1.0'?>\n<!DOCTYPE nmaprun>\n", "", "it ends at line 3 (offset 41)", ErrTruncated},
		{one, "1", "it ends at line 2 (offset 50) without </nmaprun>", ErrTruncated},
		{one + numbered(2, "<a></b>") + "\n", "1", "line 2 (offset 90): </b> closes another element", ErrSyntax},
		{one + "<host><ports></host>" + "</nmaprun>", "1", "", nil},
		{one + "<host><ports></host>" + "</nmapru", "1", "closes another element", ErrSyntax},
		{one + "</nmaprun>\n<!-- ", "1", "", nil},
		{one + "</nmaprun>\n<x>", "1", "an element behind </nmaprun>", ErrSyntax},
		{one + "</nmaprun>\n" + one + "</nmaprun>\n", "1 1", "", nil},
		{one + "</nmaprun>\n" + one, "1 1", "it ends at line 4", ErrTruncated},
	} {
		for _, r := range readers(c.text) {
			var hosts []*host.Host
			res, err := Read(context.Background(), r.r, Options{}, func(h *host.Host) error {
				hosts = append(hosts, h)
				return nil
			})
			if addresses(hosts) != c.hosts || !errors.Is(err, c.is) || err != nil && (c.is == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("%q, %s: hosts %s, %v, want %s", c.text, r.name, addresses(hosts), err, c.err)
			}
			if c.is == ErrTruncated != res.Truncated && c.is != ErrSyntax {
				t.Errorf("%q: %+v", c.text, res)
			}
		}
	}
}

// TestFailures has errors that are not the file's.
func TestFailures(t *testing.T) {
	text := "<nmaprun>" + numbered(1, "") + numbered(2, "") + "</nmaprun>"
	broken := errors.New("broken")
	for n := range len(text) - 1 {
		for _, cause := range []error{broken, io.ErrUnexpectedEOF} {
			hosts := int64(0)
			r := io.MultiReader(strings.NewReader(text[:n]), iotest.ErrReader(cause))
			res, err := Read(context.Background(), r, Options{}, func(*host.Host) error { hosts++; return nil })
			if cut := cause == io.ErrUnexpectedEOF; !errors.Is(err, cause) || errors.Is(err, ErrTruncated) != cut || res.Truncated != cut {
				t.Fatalf("reading fails at %d with %v: %v, %+v", n, cause, err, res)
			}
			if want := int64(strings.Count(text[:n], "</host>")); hosts != want || res.Hosts != want {
				t.Fatalf("reading fails at %d: %d hosts, want %d", n, hosts, want)
			}
		}
	}
	calls := 0
	res, err := Read(context.Background(), strings.NewReader(text), Options{}, func(*host.Host) error { calls++; return broken })
	if err != broken || calls != 1 || res.Hosts != 0 {
		t.Errorf("emit fails: %v, %d calls, %+v", err, calls, res)
	}
	ctx, cancel := context.WithCancel(context.Background())
	res, err = Read(ctx, iotest.OneByteReader(strings.NewReader(text)), Options{}, func(*host.Host) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || res.Hosts != 1 || res.Truncated {
		t.Errorf("cancelled: %v, %+v", err, res)
	}
	stuck := readerFunc(func([]byte) (int, error) { return 0, nil })
	if _, err = Read(context.Background(), stuck, Options{}, nil); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// TestEntities has documents that define entities. None is ever resolved.
func TestEntities(t *testing.T) {
	var lol strings.Builder
	lol.WriteString(`<!ENTITY lol0 "lol">`)
	for i := range 9 {
		fmt.Fprintf(&lol, `<!ENTITY lol%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&lol%d;", i), 10))
	}
	text := `<?xml version="1.0"?><!DOCTYPE nmaprun SYSTEM "http://192.0.2.1/evil.dtd" [` + lol.String() +
		`<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://192.0.2.1/"> %p; ]>` +
		"<nmaprun>\n<host>" + address + port(`<script id="s" output="&lol9;&x;&amp;"><elem>&lol1;</elem></script>`) + "</host></nmaprun>"
	out := readAll(text, Options{})
	if out.err != nil || len(out.hosts) != 1 {
		t.Fatal(out)
	}
	differs(t, "script", out.hosts[0].Ports[0].Scripts[0], host.Script{ID: "s", Output: "&lol9;&x;&", HasOutput: true, Data: host.List{"&lol1;"}})
	differs(t, "warnings", out.warnings, []string{"2: references to entities such as &lol9; are left as they are"})
}

// repeat is a reader of a text n times between two others, without holding it.
func repeat(before, text string, n int, after string) io.Reader {
	block := strings.Repeat(text, max(1, 64<<10/len(text)))
	parts := []io.Reader{strings.NewReader(before)}
	for left := n * len(text); left > 0; left -= len(block) {
		parts = append(parts, strings.NewReader(block[:min(left, len(block))]))
	}
	return io.MultiReader(append(parts, strings.NewReader(after))...)
}

// heap measures the most memory that was in use while f ran, in bytes beyond what was in use before.
func heap(f func()) uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, peak := m.HeapAlloc, uint64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	f()
	close(stop)
	<-done
	return peak - min(peak, before)
}

// TestHugeValues has values of 100 MB. They are cut, what is behind them is read.
func TestHugeValues(t *testing.T) {
	const n = 100_000_000
	head, tail := "<nmaprun>\n<host>"+address+`<ports><port portid="80">`, "</port></ports>\n</host>"+numbered(3, "")+"</nmaprun>"
	for _, c := range []struct{ name, before, after, warning string }{
		{"output", `<script id="big" output="`, "&#xa;\n\"/><script id=\"next\"/>", "2: the output of the script big has more than 16 MiB and is cut"},
		{"elem", `<script id="big"><elem>`, `</elem></script><script id="next"/>`, "a text of more than 16 MiB is cut"},
		{"CDATA", `<script id="big"><elem><![CDATA[`, `]]></elem></script><script id="next"/>`, "a text of more than 16 MiB is cut"},
		{"product", `<service product="`, `"/><script id="big"/><script id="next"/>`, "the value of product has more than 16 MiB and is cut"},
		{"ignored attribute", `<script id="big" foo="`, `"/><script id="next"/>`, ""},
		{"comment", `<script id="big"/><!--`, `--><script id="next"/>`, ""},
		{"text", `<script id="big">`, `</script><script id="next"/>`, ""},
		{"processing instruction", `<script id="big"/><?x `, `?><script id="next"/>`, ""},
	} {
		var got []host.Host
		var warnings []string
		used := heap(func() {
			_, err := Read(context.Background(), repeat(head+c.before, "0123456789\xc3\xa9&#65; \n", n/20, c.after+tail), Options{
				Warn: func(line int, msg string) { warnings = append(warnings, fmt.Sprintf("%d: %s", line, msg)) },
			}, func(h *host.Host) error {
				got = append(got, *h)
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		})
		if len(got) != 2 || len(got[0].Ports) != 1 || len(got[0].Ports[0].Scripts) != 2 || got[0].Ports[0].Scripts[1].ID != "next" {
			t.Errorf("%s: %d hosts", c.name, len(got))
			continue
		}
		if found := strings.Contains(strings.Join(warnings, "\n"), c.warning); !found || c.warning == "" && warnings != nil {
			t.Errorf("%s: warnings %q", c.name, warnings)
		}
		if used > 160<<20 {
			t.Errorf("%s: %d MiB of memory", c.name, used>>20)
		}
		if size := len(host.Append(nil, &got[0])); size > 24<<20 {
			t.Errorf("%s: a record of %d bytes", c.name, size)
		}
	}
}

// TestHugeHosts has hosts with parts without number. Memory is bounded and the next host is read, in a time that
// is proportional to the size.
func TestHugeHosts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	for _, c := range []struct{ name, before, part, after string }{
		{"ports", "<ports>", `<port portid="1"/>`, "</ports>"},
		{"scripts", `<ports><port portid="1">`, `<script id="a" output="b"/>`, "</port></ports>"},
		{"elems", `<ports><port portid="1"><script id="x">`, "<elem/>", "</script></port></ports>"},
		{"tables", `<ports><port portid="1"><script id="x">`, `<table key="a"/>`, "</script></port></ports>"},
		{"names", "<hostnames>", `<hostname name="a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t"/>`, "</hostnames>"},
		{"addresses", "", `<address addr="192.0.2.9"/>`, ""},
		{"cpes", "", "<cpe>cpe:/a:b:c</cpe>", ""},
		{"services", `<ports><port portid="1">`, `<service name="a" foo="b" hostname="c"/>`, "</port></ports>"},
		{"states", "<ports>", `<extraports state="a"/>`, "</ports>"},
		{"classes", "<os>", `<osclass a="b"/>`, "</os>"},
		{"hops", "<trace>", `<hop host="a.b.c.d.e.f" ipaddr="192.0.2.9" ttl="x" foo="b"/>`, "</trace>"},
		{"traces", "", `<trace/>`, ""},
		{"unknown", "", `<foo a="b">x</foo>`, ""},
	} {
		const size = 48 << 20
		last, start := "", time.Now()
		used := heap(func() {
			_, err := Read(context.Background(), repeat("<nmaprun><host>"+address+c.before, c.part, size/len(c.part), c.after+"</host>"+numbered(3, "")+"</nmaprun>"),
				Options{}, func(h *host.Host) error {
					last = h.Addr.String()
					return nil
				})
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		})
		if last != "192.0.2.3" {
			t.Errorf("%s: the last host is %q", c.name, last)
		}
		// Lists are copied when they grow, and rubbish is only collected when there is as much of it as of the rest.
		if used > 3*maxHost {
			t.Errorf("%s: %d MiB of memory", c.name, used>>20)
		}
		if d := time.Since(start); d > 30*time.Second {
			t.Errorf("%s: %v", c.name, d)
		}
		t.Logf("%s: %v, %d MiB", c.name, time.Since(start).Round(time.Millisecond), used>>20)
	}
}

// TestDistinct has a host of which nothing occurs twice.
func TestDistinct(t *testing.T) {
	var b strings.Builder
	n := 65536
	for i := range n {
		fmt.Fprintf(&b, `<port protocol="p%d" portid="%d"><state state="open" a%d="x"/><service name="s%d" hostname="h%d.example"><cpe>cpe:/a:v:p%d</cpe><cpe>cpe:/a:b:c</cpe></service></port>`, i%3, n-1-i, i, i, i, i)
	}
	start := time.Now()
	h, _ := one(t, "<ports>"+b.String()+"</ports>", Options{})
	if len(h.Ports) != n || len(h.Hostnames) != n || len(h.CPEs) != n+1 || len(h.CPEs[1].Origins) != n {
		t.Errorf("%d ports, %d names, %d CPE names", len(h.Ports), len(h.Hostnames), len(h.CPEs))
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %v", d)
	}
	t.Logf("%v", time.Since(start))
}

// TestLongNames has names whose every dot would make a copy of the rest.
func TestLongNames(t *testing.T) {
	name := strings.Repeat("a.", 100_000)
	h, _ := one(t, `<hostnames><hostname name="`+name+`"/></hostnames>`+port(`<service hostname="`+name+`"/>`)+
		`<trace><hop ipaddr="192.0.2.1" host="`+name+`"/></trace>`, Options{})
	differs(t, "names", h.Hostnames, []host.Hostname{{Name: name, Domains: []string{name}}})
	differs(t, "domains", h.Traces[0].Hops[0].Domains, []string{name})
}

func TestWarningsAreLimited(t *testing.T) {
	out := readAll(report(strings.Repeat(`<host starttime="x"/>`, 5000)+numbered(1, "")), Options{})
	if len(out.warnings) != maxWarnings || out.res.Unreadable != 5000 || len(out.hosts) != 1 {
		t.Errorf("%d warnings, %+v", len(out.warnings), out.res)
	}
	if last := out.warnings[maxWarnings-1]; !strings.Contains(last, "there is more") {
		t.Error(last)
	}
}

// TestReuse tells that hosts that use the same memory show nothing of each other.
func TestReuse(t *testing.T) {
	for _, text := range []string{
		string(nmapReport(t, 3)),
		report(numbered(1, `<hostnames><hostname name="a"/></hostnames><os/><ports><extraports/><port portid="1"><state state="open" x="y"/><service name="s" z="y"/><script id="s"/></port></ports><hostscript><script id="x"/></hostscript>`) +
			numbered(2, "") + numbered(3, `<ports><port portid="2"/></ports>`) + `<host>` + numbered(4, `<ports><port portid="x"/><port portid="3"/></ports>`)),
	} {
		own, _, _ := read(t, text, Options{})
		reused, _, _ := read(t, text, Options{Reuse: true})
		differs(t, "reused", reused, own)
	}
}

// FuzzRead tells that reading never fails in a strange way, and that it does not depend on how the file comes in.
func FuzzRead(f *testing.F) {
	for _, name := range realReports {
		f.Add(realReport(f, name))
	}
	f.Add([]byte(report(numbered(1, port(`<script id="a"><table key="b"><elem>c</elem></table></script>`)+`<hostscript><script id="x" output="&#xa;"/></hostscript><trace><hop ipaddr="::1"/></trace>`) + `<host><a></host>`)))
	f.Fuzz(func(t *testing.T, text []byte) {
		hosts := 0
		res, err := Read(context.Background(), bytes.NewReader(text), Options{}, func(h *host.Host) error {
			hosts++
			if !h.Addr.IsValid() || h.State != "" && h.State != "up" {
				t.Error("a host without an address or that is down")
			}
			record := host.Append(nil, h)
			if _, err := host.Decode(record); err != nil {
				t.Errorf("%v in %s", err, record)
			}
			return nil
		})
		if int64(hosts) != res.Hosts || err != nil && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrSyntax) {
			t.Errorf("%d hosts, %+v, %v", hosts, res, err)
		}
		if err == nil && (res.Truncated || res.Offset != int64(len(text)) || res.Line != bytes.Count(text, newline)+1) {
			t.Errorf("%+v for %d bytes, %d lines", res, len(text), bytes.Count(text, newline)+1)
		}
		if a, b := dump(text, false), dumpFrom(iotest.OneByteReader(bytes.NewReader(text)), true); a != b {
			t.Errorf("at once:\n%s\nbyte by byte:\n%s", a, b)
		}
	})
}
