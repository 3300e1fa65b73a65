package passivederive

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"ivre/ingest/passive"
)

func TestIgnore(t *testing.T) {
	tests := []struct {
		kind, source, addr string
		want               bool
	}{
		{"OPEN_PORT", "TCP", "10.0.0.0", true},
		{"OPEN_PORT", "TCP", "10.255.255.255", true},
		{"OPEN_PORT", "TCP", "11.0.0.0", false},
		{"OPEN_PORT", "TCP", "9.255.255.255", false},
		{"OPEN_PORT", "TCP", "172.16.0.0", true},
		{"OPEN_PORT", "TCP", "172.32.0.0", false},
		{"OPEN_PORT", "TCP", "192.168.255.255", true},
		{"OPEN_PORT", "TCP", "169.254.0.0", true},
		{"OPEN_PORT", "TCP", "169.254.255.255", true},
		{"OPEN_PORT", "TCP", "169.255.0.0", false},
		{"OPEN_PORT", "TCP", "", false},
		{"OPEN_PORT", "TCP", "2001:db8::1", false},
		{"SSH_CLIENT", "", "10.0.0.1", false},
		{"DNS_ANSWER", "A-192.0.2.1-53", "10.0.0.1", false},
		{"SSL_SERVER", "cert", "192.0.2.1", true},
		{"SSL_SERVER", "cert", "192.0.2.2", false},
		{"SSL_SERVER", "cert", "2001:db8::", true},
		{"SSL_SERVER", "cert", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
		{"SSL_SERVER", "cert", "2001:db9::", false},
		{"HTTP_CLIENT_HEADER", "USER-AGENT", "10.0.0.1", true},
		{"HTTP_CLIENT_HEADER", "AUTHORIZATION", "10.0.0.1", false},
		{"HTTP_CLIENT_HEADER_SERVER", "PROXY-AUTHORIZATION", "10.0.0.1", false},
	}
	for _, path := range []string{"testdata/ignore.yaml", "testdata/ignore.py"} {
		ig, err := LoadIgnore(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range tests {
			r := &passive.Record{Recontype: tt.kind, Source: tt.source}
			if tt.addr != "" {
				r.Addr = netip.MustParseAddr(tt.addr)
			}
			if got := ig.Match(r); got != tt.want {
				t.Errorf("%s: %s %s of %s: got %v, want %v", path, tt.kind, tt.source, tt.addr, got, tt.want)
			}
			emitted := false
			d := &Deriver{Ignore: ig}
			if err := d.Normalise(r, func(*passive.Record) error { emitted = true; return nil }); err != nil || emitted == tt.want {
				t.Errorf("%s: %s %s of %s: emitted %v, error %v", path, tt.kind, tt.source, tt.addr, emitted, err)
			}
		}
	}
}

func TestIgnoreRanges(t *testing.T) {
	tests := []struct{ name, ranges, in, out string }{
		{"overlapping", "[192.0.2.0/25, [192.0.2.64, 192.0.3.9], 192.0.2.1]", "192.0.2.0 192.0.2.1 192.0.2.127 192.0.3.9", "192.0.1.255 192.0.3.10"},
		{"host bits", "[192.0.2.77/24]", "192.0.2.0 192.0.2.255", "192.0.3.0"},
		{"everything", "[0.0.0.0/0, '::/0']", "0.0.0.0 255.255.255.255 :: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
		{"both families", "['::-::ffff', 0.0.0.0-0.0.0.9]", ":: ::ffff 0.0.0.9", "0.0.0.10 ::1:0"},
		{"mapped network", "['::ffff:192.0.2.0/120']", "192.0.2.0 192.0.2.255", "192.0.3.0"},
		{"numbers", "[3221225985, [0, '::1'], [0x20010db8_00000000_00000000_00000000, 0x20010db8_00000000_00000000_00000001]]", "192.0.2.1 :: ::1 2001:db8::1", "192.0.2.2 0.0.0.0 2001:db8::2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ig, err := ReadIgnore(strings.NewReader("ignorenets: {X: " + tt.ranges + "}\n"))
			if err != nil {
				t.Fatal(err)
			}
			for want, list := range map[bool]string{true: tt.in, false: tt.out} {
				for _, a := range strings.Fields(list) {
					if got := ig.Match(&passive.Record{Recontype: "X", Addr: netip.MustParseAddr(a)}); got != want {
						t.Errorf("%s: got %v, want %v", a, got, want)
					}
				}
			}
		})
	}
}

func TestIgnoreErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no table", "- a\n", "line 1: expected the tables IGNORENETS and NEVERIGNORE"},
		{"other table", "IGNORENETS:\nOTHER: 1\n", `line 2: "OTHER" is neither`},
		{"address", "IGNORENETS:\n  X:\n    - 10.0.0.256\n", `line 3: "10.0.0.256" is not an IP address`},
		{"reversed", "IGNORENETS: {X: [[10.0.0.2, 10.0.0.1]]}", "line 1: 10.0.0.2 to 10.0.0.1 is not a range"},
		{"mixed", "IGNORENETS: {X: [['10.0.0.2', '::1']]}", "is not a range"},
		{"three ends", "IGNORENETS: {X: [[1, 2, 3]]}", "line 1: not a range of addresses"},
		{"no list", "IGNORENETS: {X: 10.0.0.0/8}", `IGNORENETS of "X" must be a list`},
		{"sources", "NEVERIGNORE: {X: [[1]]}", "a source must be a text"},
		{"no rules", "NEVERIGNORE: 5", "NEVERIGNORE must be a table of lists"},
		{"number", "IGNORENETS: {X: [340282366920938463463374607431768211456]}", "is not an IP address, nor the number of one"},
		{"alias", "IGNORENETS: {X: *nothing}", ""},
		{"not YAML", "IGNORENETS: [", ""},
		{"two documents", "IGNORENETS:\n---\nIGNORENETS:\n", "more than one document"},
		{"tag", "IGNORENETS: !!map {}", "line 1: rules have no use for tags"},
		{"empty items", "IGNORENETS:\n  X:\n" + strings.Repeat("  -\n", 2000), "lines end in a dash or colon"},
		{"nested lists", strings.Repeat("[", 1000), "line 1: lists and tables nested more than 16 deep"},
		{"Python: code", "IGNORENETS = {}\nimport os\n", "line 2: only assignments are understood"},
		{"Python: call", "\n\nIGNORENETS = dict(a=1)\n", `line 3: "dict" is not a value`},
		{"Python: sum", "IGNORENETS = {'X': [] + []}", `expected a comma or '}', got '+'`},
		{"Python: open", "IGNORENETS = {'X': [", "missing at the end"},
		{"Python: open text", "IGNORENETS = {'X\n': 1}", "line 1: a text is not closed"},
		{"Python: key without value", "IGNORENETS = {'X': [], 'Y'}", "a key without a value"},
		{"Python: nothing", "X = 1", "neither IGNORENETS nor NEVERIGNORE is assigned"},
		{"Python: address", "IGNORENETS = {\n'X': [\n('a', 'b')]}", `line 3: "a" is not an IP address`},
		{"Python: nested", "IGNORENETS = " + strings.Repeat("(", 1000), "nested more than 16 deep"},
		{"Python: many", "A = [" + strings.Repeat("1,", 2000) + "]\nIGNORENETS = {" + strings.Repeat("'X': A,", 1000) + "}", "more than 1048576 ranges"},
		{"long", strings.Repeat("#", maxIgnoreFile+1), "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadIgnore(strings.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	for _, text := range []string{"", "# nothing\n", "---\n"} {
		if _, err := ReadIgnore(strings.NewReader(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestIgnoreHostile reads files of the largest size that take a careless parser long, or all of its stack.
func TestIgnoreHostile(t *testing.T) {
	for _, unit := range []string{
		"- ", "? ", "a: ", "{a: ", "[", "&a ", "!!x ", "!", "*a ", "- a:\n ", "| ", "'", "a:\n", "-\n", "-\n#\n", "a:\n-\n", "- a:\n",
		"a: !!x\n", "a: b\n", "- a\n", "- [a, b]\n", "a,", "(", "'a' ", "A=", "a: &a [", "b: *a\n", ": ", "-\t", "?\n", "A=[]\n",
	} {
		text := strings.Repeat(unit, (maxIgnoreFile-20)/len(unit))
		start := time.Now()
		_, _ = ReadIgnore(strings.NewReader(text))
		_, _ = ReadIgnore(strings.NewReader("IGNORENETS = " + text))
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q repeated took %v", unit, took)
		}
	}
}

func FuzzReadIgnore(f *testing.F) {
	for _, path := range []string{"testdata/ignore.yaml", "testdata/ignore.py"} {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add("IGNORENETS: {X: [1, '::', [0, ::1], 10.0.0.0/8, 1.1.1.1-2.2.2.2]}")
	f.Add("A = ((1, 0x2),)\nIGNORENETS = {'X': A}")
	f.Fuzz(func(t *testing.T, text string) {
		ig, err := ReadIgnore(strings.NewReader(text))
		if err != nil {
			return
		}
		for kind, ranges := range ig.nets {
			for i, r := range ranges {
				if r.last.Less(r.first) || i > 0 && !ranges[i-1].last.Less(r.first) {
					t.Errorf("ranges of %q: %v", kind, ranges)
				}
				if !ig.Match(&passive.Record{Recontype: kind, Source: "none of these", Addr: r.last}) && !ig.never[kind]["none of these"] {
					t.Errorf("%v of %q does not match", r.last, kind)
				}
			}
		}
	})
}
