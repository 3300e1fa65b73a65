package textline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// collect reads all lines, with those that were reported.
func collect(t *testing.T, r io.Reader) (lines []string, stats Stats, err error) {
	t.Helper()
	l := NewLines(t.Context(), r, Options{Bad: func(n int, err error) {
		lines = append(lines, fmt.Sprintf("bad %d: %v", n, err))
	}})
	for {
		line, err := l.Next()
		if err == io.EOF {
			return lines, l.Stats, nil
		}
		if err != nil {
			return lines, l.Stats, err
		}
		lines = append(lines, string(line))
	}
}

func TestLines(t *testing.T) {
	fits := strings.Repeat("x", MaxLine)
	for name, tt := range map[string]struct {
		in   string
		want []string
	}{
		"empty":            {"", nil},
		"no end":           {"a\nb", []string{"a", "b"}},
		"CR LF":            {"a\r\nb\r\n", []string{"a", "b"}},
		"blank":            {"\n\na\n", []string{"", "", "a"}},
		"longest":          {fits + "\r\na", []string{fits, "a"}},
		"too long":         {"a\n" + fits + "x\nb\n", []string{"a", "bad 2: longer than 1048576 bytes", "b"}},
		"too long, no end": {"a\n" + fits + fits, []string{"a", "bad 2: longer than 1048576 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{
				"whole":      strings.NewReader(tt.in),
				"in halves":  iotest.HalfReader(strings.NewReader(tt.in)),
				"early EOF":  iotest.DataErrReader(strings.NewReader(tt.in)),
				"with a BOM": strings.NewReader("\ufeff" + tt.in),
			} {
				got, stats, err := collect(t, r)
				if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
					t.Errorf("%s: %v\n%.300s", how, err, diff)
				}
				if stats.Lines != len(got) {
					t.Errorf("%s: %d lines counted", how, stats.Lines)
				}
			}
		})
	}
}

func TestOpen(t *testing.T) {
	l := NewLines(t.Context(), strings.NewReader("a\nb"), Options{})
	for _, want := range []bool{false, true} {
		if _, err := l.Next(); err != nil || l.Open() != want {
			t.Errorf("Open() = %v after %v, want %v", l.Open(), err, want)
		}
	}
}

func TestLinesErrors(t *testing.T) {
	broken := errors.New("broken")
	lines, _, err := collect(t, io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || err.Error() != "after line 1: broken" {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff([]string{"a"}, lines); diff != "" {
		t.Error(diff)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(broken)
	if _, err := NewLines(ctx, strings.NewReader("a\n"), Options{}).Next(); !errors.Is(err, broken) {
		t.Errorf("cancelled: %v", err)
	}
}

// encode16 writes a text as UTF-16 with a byte order mark.
func encode16(s string, big bool) []byte {
	var out []byte
	for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(s))...) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func TestUTF16(t *testing.T) {
	const text = "Caf\u00e9\r\n\U0001f4f6 \u4e2d\n" // 2, 4 and 3 bytes of UTF-8
	long := strings.Repeat(text, 5000)              // across the ends of buffers
	for _, big := range []bool{false, true} {
		for _, s := range []string{"", text, long} {
			want, _, _ := collect(t, strings.NewReader(s))
			for how, r := range map[string]io.Reader{
				"whole":     bytes.NewReader(encode16(s, big)),
				"in halves": iotest.HalfReader(bytes.NewReader(encode16(s, big))),
				"in bytes":  iotest.OneByteReader(bytes.NewReader(encode16(s, big))),
			} {
				got, _, err := collect(t, r)
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Errorf("big %v, %s: %v\n%.300s", big, how, err, diff)
				}
			}
		}
	}
	for in, want := range map[string]string{
		"\xff\xfea\x00b":                 "a\ufffd", // half a unit
		"\xff\xfe\x00\xd8a\x00":          "\ufffda", // half a pair
		"\xff\xfe\x00\xdc\x00\xd8":       "\ufffd\ufffd",
		"\xfe\xff\x00a\xd8\x3d\xdc\xf6z": "a\U0001f4f6\ufffd",
	} {
		if got, _, err := collect(t, strings.NewReader(in)); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"abc":                "abc",
		"Caf\u00e9":          "Caf\u00e9",
		"Caf\xe9":            `Caf\xe9`,
		"a\tb\x00\x7f\x1b[m": `a\x09b\x00\x7f\x1b[m`,
		"\u0085":             `\xc2\x85`,
		"\xff\ufffd":         `\xff` + "\ufffd",
		`a\x41`:              `a\x41`,
	} {
		var texts Texts
		for range 2 {
			if got := texts.Get([]byte(in)); got != want || Text([]byte(in)) != want {
				t.Errorf("%q: %q, want %q", in, got, want)
			}
		}
	}
}

func TestTextsAreBounded(t *testing.T) {
	var texts Texts
	for i := range 3 * maxTexts {
		texts.Get(fmt.Append(nil, i))
		texts.Get([]byte(strings.Repeat("x", maxKeptLen+1) + fmt.Sprint(i)))
	}
	if len(texts.seen) > maxTexts {
		t.Errorf("%d texts are kept", len(texts.seen))
	}
}

func TestAddr(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "0.0.0.0": "0.0.0.0", "255.255.255.255": "255.255.255.255",
		"2001:db8:0:0:0:0:0:10": "2001:db8::10", "::ffff:192.0.2.1": "192.0.2.1", "fe80::1%eth0": "fe80::1",
		"": "", "192.0.2": "", "192.0.2.256": "", "192.0.2.1.": "", "192.0.2.01": "", "1.2.3.4.5": "", "192.0..1": "",
		".1.2.3": "", "1234.0.2.1": "", "2001:db8::g": "", "-": "", "999.0.0.1": "", "::1%" + strings.Repeat("x", 100): "",
	} {
		got, err := Addr([]byte(in))
		if s := got.String(); want == "" && err == nil || want != "" && s != want {
			t.Errorf("%q: %v, %v; want %q", in, got, err, want)
		}
	}
}

func TestStamp(t *testing.T) {
	for in, want := range map[string]string{
		"2024-01-02 03:04:05": "2024-01-02 03:04:05", "2024-02-29 23:59:59": "2024-02-29 23:59:59",
		"1970-01-01 00:00:00": "1970-01-01 00:00:00", "2016-12-31 23:59:60": "2017-01-01 00:00:00",
		"2023-02-29 00:00:00": "", "2024-04-31 00:00:00": "", "2024-13-01 00:00:00": "", "2024-00-01 00:00:00": "",
		"2024-01-00 00:00:00": "", "2024-01-32 00:00:00": "", "2024-01-01 24:00:00": "", "2024-01-01 00:60:00": "",
		"2024-01-01 00:00:61": "", "1969-12-31 00:00:00": "", "2300-01-01 00:00:00": "", "2024/01/02 03:04:05": "",
		"2024-01-02T03:04:05": "", "2024-01-02 03:04:0x": "", "2024-01-02 03:04:5": "", "": "",
	} {
		got, err := Stamp([]byte(in), '-')
		s := ""
		if err == nil {
			s = got.Format("2006-01-02 15:04:05")
		}
		if s != want {
			t.Errorf("%q: %q (%v), want %q", in, s, err, want)
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\r\nb"))
	f.Add(encode16("a\U0001f4f6\nb", false))
	f.Add(encode16("a\nb", true))
	f.Add([]byte("\xef\xbb\xbfa\xe9\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, _, err := collect(t, bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		parts, _, err := collect(t, iotest.OneByteReader(bytes.NewReader(b)))
		if diff := cmp.Diff(whole, parts); diff != "" || err != nil {
			t.Fatalf("byte by byte: %v\n%s", err, diff)
		}
		for _, line := range whole {
			if s := Text([]byte(line)); !utf8.ValidString(s) || Text([]byte(s)) != s {
				t.Fatalf("%q becomes %q", line, s)
			}
			got, err := Addr([]byte(line))
			want, wantErr := netip.ParseAddr(line)
			if len(line) <= 64 && ((err == nil) != (wantErr == nil) || err == nil && got != want.WithZone("").Unmap()) {
				t.Fatalf("%q: %v, want %v", line, got, want)
			}
		}
	})
}
