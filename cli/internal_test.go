package cli

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"ivre/httpapi/wire"
	"ivre/sql/flows"
)

func TestLatency(t *testing.T) {
	for _, tt := range []struct {
		samples []float64
		want    benchLatency
	}{
		{[]float64{5}, benchLatency{5, 5, 5, 5, 5}},
		{[]float64{4, 1, 3, 2}, benchLatency{4, 2.5, 1, 2, 4}},
		{[]float64{1.23456, 1.23444}, benchLatency{1.235, 1.235, 1.234, 1.234, 1.235}},
	} {
		if got := latencyOf(tt.samples); got != tt.want {
			t.Errorf("%v: %+v, want %+v", tt.samples, got, tt.want)
		}
	}
}

func TestCopyAnswer(t *testing.T) {
	const tag = "abcdefghijklmnop"
	const behind = "\r\n__exception__\r\n" + tag + "\r\nCode: 395. DB::Exception: went wrong. (X) (version 26.7)\n57 " + tag + "\r\n__exception__\r\n"
	const message = "Code: 395. DB::Exception: went wrong. (X) (version 26.7)"
	long := strings.Repeat("0123456789\r\n__exception", 10000)
	for _, c := range []struct{ name, body, out, message string }{
		{"empty", "", "", ""},
		{"whole", "1\n2\n", "1\n2\n", ""},
		{"failed at once", behind, "", message},
		{"failed half-way", "1\n2\n" + behind, "1\n2\n", message},
		{"a mark with another tag", "x\r\n__exception__\r\nzzzz\r\ny", "x\r\n__exception__\r\nzzzz\r\ny", ""},
		{"the beginning of a mark at the end", "x\r\n__exce", "x\r\n__exce", ""},
		{"long", long, long, ""},
		{"long and failed", long + behind, long, message},
		{"cut off within the message", "1\n" + behind[:60], "1\n", behind[35:60]},
	} {
		for name, r := range map[string]io.Reader{
			"at once": strings.NewReader(c.body), "byte by byte": iotest.OneByteReader(strings.NewReader(c.body)),
			"data with the end": iotest.DataErrReader(strings.NewReader(c.body)), "in halves": iotest.HalfReader(strings.NewReader(c.body)),
		} {
			var out bytes.Buffer
			message, err := copyAnswer(&out, r, tag)
			if err != nil || out.String() != c.out || message != strings.TrimSpace(c.message) {
				t.Errorf("%s, %s: %v; %d bytes, want %d; message %q, want %q", c.name, name, err, out.Len(), len(c.out), message, c.message)
			}
		}
	}
}

func TestCopyAnswerErrors(t *testing.T) {
	broken := errors.New("broken")
	var out bytes.Buffer
	_, err := copyAnswer(&out, io.MultiReader(strings.NewReader("1\r\n__ex"), iotest.ErrReader(io.ErrUnexpectedEOF)), "t")
	if !errors.Is(err, io.ErrUnexpectedEOF) || out.String() != "1\r\n__ex" {
		t.Errorf("broken off: %v, %q", err, out.String())
	}
	if _, err := copyAnswer(failingWriter{broken}, strings.NewReader("1"), "t"); !errors.Is(err, broken) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func FuzzCopyAnswer(f *testing.F) {
	f.Add("1\n2\n", "tag", uint8(3))
	f.Add("1\n\r\n__exception__\r\ntag\r\nCode: 1. DB::Exception: x\n3 tag\r\n__exception__\r\n", "tag", uint8(1))
	f.Fuzz(func(t *testing.T, body, tag string, cut uint8) {
		at := min(int(cut), len(body))
		var out bytes.Buffer
		message, err := copyAnswer(&out, io.MultiReader(strings.NewReader(body[:at]), strings.NewReader(body[at:])), tag)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(body, out.String()) || len(message) > len(body) {
			t.Errorf("%q became %q, %q", body, out.String(), message)
		}
		if message == "" && tag != "" && !strings.Contains(body, "__exception__") && out.String() != body {
			t.Errorf("%q was copied as %q", body, out.String())
		}
	})
}

func TestAppendRecord(t *testing.T) {
	n := uint64(1)
	at := time.Date(2026, 1, 2, 3, 0, 0, 250e6, time.UTC)
	key := flows.Key{Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("2001:db8::1"), Proto: "caf\u00e9<&>", Dport: 80}
	for _, mode := range []string{flows.DefaultMode, flows.FlowMap, flows.TalkMap} {
		r := flows.NewRecord(&flows.Flow{Key: key, FirstSeen: at, LastSeen: at, Count: &n, Times: []flows.Slot{{Start: at, Duration: 60}}}, mode)
		want, err := wire.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendRecord([]byte("x"), r)
		if err != nil || string(got) != "x"+string(want) {
			t.Errorf("%s: %v\n%s, want\n%s", mode, err, got[1:], want)
		}
	}
}

func TestCompact(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 7: "7", 999: "999", 999.6: "1.00 k", 1000: "1.00 k", 9994: "9.99 k", 9996: "10.0 k", 99949: "99.9 k", 99951: "100 k",
		123456: "123 k", 1.5e6: "1.50 M", 2e9: "2.00 G", 3e15: "3000 T",
	} {
		if got := compact(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
}

func TestProgressIsSilentOffATerminal(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(1000, &b)
	p.Add(500)
	p.SetRecords(10)
	p.Clear()
	p.Close()
	if b.Len() > 0 {
		t.Errorf("it wrote %q", b.String())
	}
}

func TestProgressBar(t *testing.T) {
	var b bytes.Buffer
	p := &Progress{bar: newBar(1000, &b), start: time.Now().Add(-time.Second)}
	p.SetRecords(1234567)
	time.Sleep(refreshEvery + 50*time.Millisecond) // it writes no sooner again
	p.Add(500)
	p.Close()
	for _, want := range []string{"1.23 M records", "M/s", "50%"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %q", want, b.String())
		}
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{"a b": "'a b'", "it's": `'it'\''s'`, "": "''"} {
		if got := shellQuote(in); got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
}

func TestCompleteWords(t *testing.T) {
	complete := completeWords(func() []string { return []string{"dport", "DATE", "Distinct", "flows"} })
	for _, c := range []struct {
		line, head string
		want       []string
		tail       string
	}{
		{"SELECT d", "SELECT ", []string{"dport"}, ""},
		{"SELECT di", "SELECT ", []string{"Distinct"}, ""},
		{"SELECT x, D", "SELECT x, ", []string{"DATE", "Distinct"}, ""},
		{"SELECT ", "SELECT ", nil, ""},
		{"", "", nil, ""},
		{"flo", "", []string{"flows"}, ""},
		{"\u00e9(nosuch", "\u00e9(", nil, ""},
	} {
		head, got, tail := complete(c.line, len([]rune(c.line)))
		if head != c.head || strings.Join(got, " ") != strings.Join(c.want, " ") || tail != c.tail {
			t.Errorf("%q: %q %v %q", c.line, head, got, tail)
		}
	}
}
