package zeeklog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

var abc = NewSchema(Column{Name: "a"}, Column{Name: "b.c", Type: Type{Base: Count}}, Column{Name: "d", Type: Type{Base: String, List: true}})

// show reads a log and shows path, columns of abc and reports, one per line.
func show(t testing.TB, r io.Reader, opt Options) string {
	t.Helper()
	var out strings.Builder
	opt.Bad = func(line uint64, err error) { fmt.Fprintf(&out, "%d: %v\n", line, err) }
	log := NewReader(r, opt)
	for {
		err := log.Next()
		if err == io.EOF {
			return out.String()
		}
		if err != nil {
			fmt.Fprintf(&out, "error: %v\n", err)
			return out.String()
		}
		fmt.Fprintf(&out, "%d %s:", log.Line(), log.Path())
		row := log.Row(abc)
		for i := range abc.Len() {
			switch v := row.Value(i); {
			case !row.Has(i):
				out.WriteString(" absent")
			case !v.IsSet():
				out.WriteString(" unset")
			case v.IsList():
				out.WriteString(" [")
				for e := range v.Elements() {
					fmt.Fprintf(&out, "%q", e.AppendText(nil))
				}
				out.WriteString("]")
			default:
				fmt.Fprintf(&out, " %q", v.AppendText(nil))
			}
		}
		out.WriteString("\n")
	}
}

func TestReader(t *testing.T) {
	const head = "#separator \\x09\n#path\tp\n#fields\ta\tb.c\n#types\tstring\tcount\n"
	tests := map[string]struct{ log, want string }{
		"empty":     {"", ""},
		"plain":     {head + "x\t1\n", "5 p: \"x\" \"1\" absent\n"},
		"CRLF, BOM": {"\ufeff" + strings.ReplaceAll(head+"x\t1\n", "\n", "\r\n"), "5 p: \"x\" \"1\" absent\n"},
		"no LF":     {head + "x\t1", "5 p: \"x\" \"1\" absent\n"},
		"blank":     {head + "\n   \n\t\nx\t1\n\n", "8 p: \"x\" \"1\" absent\n"},
		"underscores, other order": {
			"#fields\td\tx\tb_c\n#types\tset[addr]\tint\tstring\n1,2\ty\tz\n", "3 : absent \"z\" [\"1\"\"2\"]\n",
		},
		"markers": {
			"#separator \\x09\n#set_separator\t\\x7c\n#empty_field\tNIL\n#unset_field\tNULL\n#fields\ta\tb.c\td\n#types\tstring\tcount\tset[string]\n" +
				"NIL\tNULL\tNIL\n-\t(empty)\tx|y,z\n",
			"7 : \"\" unset []\n8 : \"-\" \"(empty)\" [\"x\"\"y,z\"]\n",
		},
		"separators": {"#separator , \n#path, p\n#fields, a, b.c\n1, 2, 3\n1, 2\n", "4: 3 values for the 2 columns named in line 3\n5 p: \"1\" \"2\" absent\n"},
		"comma":      {"#separator \\x2c\n#set_separator,|\n#fields,a,b.c,d\n#types,string,count,set[string]\n{\"x,,(empty)\n", "5 : \"{\\\"x\" \"\" []\n"},
		"spaces":     {"#path p\n#fields a b.c\nx y\n", "3 p: \"x\" \"y\" absent\n"},
		"new header": {
			head + "x\t1\n#close\t2026\n#separator \\x2c\n#fields,b.c\n1\n" + head + "y\t2\n",
			"5 p: \"x\" \"1\" absent\n9 : absent \"1\" absent\n14 p: \"y\" \"2\" absent\n",
		},
		"new fields, same path": {head + "#fields\tb.c\ta\n1\tx\n", "6 p: \"x\" \"1\" absent\n"},
		"bad headers": {
			"#separator\n#separator \n#separator \\x0a\n#path\n#fields\n#set_separator\t\n#open\n#unknown\n#\n#fields\ta\n#types\tint\tint\nx\n",
			"1: header #separator has no value\n2: header #separator: \"\" cannot separate columns\n3: header #separator: \"\\\\x0a\" cannot separate columns\n" +
				"4: header #path has no value\n5: header #fields has no value\n6: header #set_separator is empty\n11: header #types has 2 types for 1 columns\n12 : \"x\" absent absent\n",
		},
		"types of fewer columns": {
			"#fields\ta\td\tb.c\n#types\tint\nx\ty\tz\n", "2: header #types has 1 types for 3 columns\n3 : \"x\" \"z\" [\"y\"]\n",
		},
		"twice the same column": {"#fields\ta\ta\nx\ty\n", "2 : \"x\" absent absent\n"},
		"no fields":             {"#path\tp\nx\ny\n#fields\ta\nz\n", "2: " + ErrNoHeader.Error() + "\n5 p: \"z\" absent absent\n"},
		"no beginning":          {"x\ny\n#fields\ta\nz\n", "1: " + ErrNoHeader.Error() + "\n4 : \"z\" absent absent\n"},
		"no log":                {"x\ny\n[]\n\"#\n", ""},
		"too few, too many": {
			head + "x\nx\t1\t2\t3\nx\t1\n", "5: 1 values for the 2 columns named in line 3\n6: 4 values for the 2 columns named in line 3\n7 p: \"x\" \"1\" absent\n",
		},
		"JSON": {
			`{"a":"x","b.c":1,"z":{"a":2},"d":["y",null]}` + "\n" + ` { "_path" : "q", "b_c" : null, "\u0061":"z" } ` + "\n{}\n" + `{"_path":7}`,
			"1 : \"x\" \"1\" [\"y\"\"\"]\n2 q: \"z\" unset absent\n3 : absent absent absent\n4 : absent absent absent\n",
		},
		"JSON paths": {`{"_path":"q"}` + "\n" + `{"_path":"\u0071\n"}` + "\n" + `{"_path":"q"}`, "1 q: absent absent absent\n2 q\\x0a: absent absent absent\n3 q: absent absent absent\n"},
		"JSON below a header": {
			head + `{"a":"x"}` + "\n{\"a\":\t1\nx\t1\n", "5 : \"x\" absent absent\n6 p: \"{\\\"a\\\":\" \"1\" absent\n7 p: \"x\" \"1\" absent\n",
		},
		"one column with a brace": {"#fields\ta\n{x\n", "2 : \"{x\" absent absent\n"},
		"JSON, bad":               {"{\n{}}\n{\"a\"}\n{\"a\":}\n{\"a\":1,}\n{\"a\":01}\n{\"a\":\"\\q\"}\n", "1: the JSON object is cut off\n2: not valid JSON at column 3\n3: not valid JSON at column 5\n4: not valid JSON at column 6\n5: not valid JSON at column 8\n6: not valid JSON at column 7\n7: not valid JSON at column 8\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, show(t, strings.NewReader(tt.log), Options{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, show(t, iotest.OneByteReader(strings.NewReader(tt.log)), Options{})); diff != "" {
				t.Errorf("one byte at a time (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHeadless counts the lines without a header.
func TestHeadless(t *testing.T) {
	bad := 0
	r := NewReader(strings.NewReader("x\ny\nz\n#path\tp\nx\ny\n#close\tx\nx\n"), Options{Bad: func(uint64, error) { bad++ }})
	if r.IsZeek() {
		t.Error("IsZeek before the first line")
	}
	if err := r.Next(); err != io.EOF {
		t.Fatal(err)
	}
	// Three runs of three, two and one lines, of which the first is reported.
	if r.Headless() != 3 || bad != 3 || r.Line() != 8 || !r.IsZeek() || r.Path() != "p" {
		t.Errorf("Headless %d, %d reported, %d lines, IsZeek %v, path %q", r.Headless(), bad, r.Line(), r.IsZeek(), r.Path())
	}
	if err := r.Next(); err != io.EOF || r.Line() != 8 {
		t.Errorf("after the end: %v, %d lines", err, r.Line())
	}
	r = NewReader(strings.NewReader("x\ny\n"), Options{})
	if err := r.Next(); err != io.EOF || r.IsZeek() || r.Headless() != 2 {
		t.Errorf("no log: %v, IsZeek %v, Headless %d", err, r.IsZeek(), r.Headless())
	}
}

// TestLongLines has lines around the limit and around the size of the buffer.
func TestLongLines(t *testing.T) {
	for _, limit := range []int{10, firstBuffer - 1, firstBuffer, firstBuffer + 1, 3 * firstBuffer} {
		for _, n := range []int{limit - 1, limit, limit + 1, limit + firstBuffer, 3*limit + 7} {
			for _, end := range []string{"\n", "\nx\n", ""} {
				log := "#fields\ta\n" + strings.Repeat("y", n) + end
				want := fmt.Sprintf("2 : %q absent absent\n", strings.Repeat("y", n))
				if n > limit {
					want = fmt.Sprintf("2: line longer than %d bytes\n", limit)
				}
				if end == "\nx\n" {
					want += "3 : \"x\" absent absent\n"
				}
				if got := show(t, strings.NewReader(log), Options{MaxLine: limit}); got != want {
					t.Errorf("limit %d, length %d, end %q: %.80q, want %.80q", limit, n, end, got, want)
				}
			}
		}
	}
}

// TestMemory reads an endless line and lines that ask for much memory.
func TestMemory(t *testing.T) {
	before, after := new(runtime.MemStats), new(runtime.MemStats)
	runtime.ReadMemStats(before)
	const limit = 1 << 20
	log := io.MultiReader(
		strings.NewReader("#fields\ta\tb\n"),
		io.LimitReader(repeater("x"), 64<<20), strings.NewReader("\n"),
		io.LimitReader(repeater("\t"), limit), strings.NewReader("x\n"),
		strings.NewReader("{"), io.LimitReader(repeater(`"":0,`), limit/5*5-5), strings.NewReader("\n#fields"),
		io.LimitReader(repeater("\t"), limit/2), strings.NewReader("\n#types"),
		io.LimitReader(repeater("\t"), limit/2), strings.NewReader("\n{\"a\":"), io.LimitReader(repeater("["), limit/2),
		strings.NewReader("\n#fields\ta\nx\n"),
	)
	want := "2: line longer than 1048576 bytes\n3: line longer than 1048576 bytes\n4: more than 4096 members in a JSON object\n" +
		"5: header #fields has 524288 columns, more than 4096\n6: header #types has 524288 types, more than 4096\n" +
		"7: JSON nested more than 64 deep\n9 : \"x\" absent absent\n"
	if diff := cmp.Diff(want, show(t, log, Options{MaxLine: limit})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	runtime.ReadMemStats(after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 16*limit {
		t.Errorf("%d bytes allocated", got)
	}
}

// repeater is an endless stream of a text.
type repeater string

func (r repeater) Read(p []byte) (int, error) {
	n := 0
	for n+len(r) <= len(p) {
		n += copy(p[n:], r)
	}
	if n == 0 {
		return copy(p, r), nil // only for texts of one byte
	}
	return n, nil
}

// lazy is a reader that never has anything, and one that returns nonsense.
type (
	lazy  struct{}
	liar  struct{}
	stuck struct{ err error }
)

func (lazy) Read([]byte) (int, error)    { return 0, nil }
func (liar) Read(p []byte) (int, error)  { return len(p) + 1, nil }
func (s stuck) Read([]byte) (int, error) { return 0, s.err }

func TestStreamErrors(t *testing.T) {
	broken := errors.New("broken")
	for want, r := range map[error]io.Reader{
		io.ErrNoProgress:    lazy{},
		broken:              stuck{broken},
		io.ErrUnexpectedEOF: stuck{io.ErrUnexpectedEOF},
	} {
		log := NewReader(io.MultiReader(strings.NewReader("#fields\ta\nx\nhalf a li"), r), Options{})
		if err := log.Next(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := log.Next(); !errors.Is(err, want) || !strings.HasPrefix(err.Error(), "after line 2: ") {
				t.Errorf("error %v, want %v", err, want)
			}
		}
	}
	if err := NewReader(liar{}, Options{}).Next(); err == nil || !strings.Contains(err.Error(), "impossible") {
		t.Errorf("error %v", err)
	}
}

// TestAllocations makes sure that lines cost no memory.
func TestAllocations(t *testing.T) {
	logs := map[string]string{
		"tab-separated": "#fields\ta\tb.c\td\n#types\tstring\tcount\tset[string]\n" + strings.Repeat("x\t1\ty,z\n", 1000),
		"JSON":          strings.Repeat(`{"a":"x","b.c":1,"d":["y","z"],"_path":"p","e":"\n"}`+"\n", 1000),
	}
	for name, log := range logs {
		r := NewReader(strings.NewReader(log), Options{})
		buf := make([]byte, 0, 100)
		got := testing.AllocsPerRun(500, func() {
			if err := r.Next(); err != nil {
				t.Fatal(err)
			}
			row := r.Row(abc)
			buf = row.Value(0).AppendText(buf[:0])
			n, _ := row.Value(1).Uint(9)
			for e := range row.Value(2).Elements() {
				buf = e.AppendText(buf)
			}
			if n != 1 || string(buf) != "xyz" {
				t.Fatalf("%q, %d", buf, n)
			}
		})
		if got > 0 {
			t.Errorf("%s: %v allocations per line", name, got)
		}
	}
}

// TestTwoSchemas has two schemas used in turn on the same lines.
func TestTwoSchemas(t *testing.T) {
	other := NewSchema(Column{Name: "d"}, Column{Name: "a"})
	log := "#fields\ta\tb.c\nx\t1\n{\"d\":\"y\",\"a\":\"z\"}\n#fields\td\ta\nv\tw\n"
	want := [][2]string{{"", "x"}, {"y", "z"}, {"v", "w"}}
	r := NewReader(strings.NewReader(log), Options{})
	for i, w := range want {
		if err := r.Next(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			a := r.Row(abc).Value(0).AppendText(nil)
			row := r.Row(other)
			if d := row.Value(0).AppendText(nil); string(d) != w[0] || string(a) != w[1] || !bytes.Equal(a, row.Value(1).AppendText(nil)) {
				t.Errorf("line %d: d %q, a %q", i, d, a)
			}
		}
	}
	if other.Name(1) != "a" || other.Len() != 2 {
		t.Error("Name or Len")
	}
}
