package zeekflow

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"ivre/ingest/flow"
)

// checker is a sink that checks what the package promises about records.
type checker struct {
	t          *testing.T
	records    uint64
	bad, skips uint64
}

func (c *checker) Event(e *flow.Event) error {
	c.records++
	c.common(e.Start, e.End, e.Proto, e.Dport, e.Type)
	if !flow.HasPorts(e.Proto) && e.Sport != 0 || !flow.HasType(e.Proto) && e.Code != 0 || e.Count != 1 {
		c.t.Errorf("event %+v", *e)
	}
	return nil
}

func (c *checker) Meta(m *flow.Meta) error {
	c.records++
	c.common(m.Start, m.End, m.Proto, m.Dport, m.Type)
	p, ok := flow.MetadataByName(m.Name)
	if !ok || len(m.Values) > maxValues+100 {
		c.t.Fatalf("metadata of %q, %d values", m.Name, len(m.Values))
	}
	for _, v := range m.Values {
		_, counter, ok := p.Field(v.Key)
		zero := v.Kind == flow.String && v.Str == "" || v.Kind != flow.String && v.Int == 0 || v.Kind == flow.Bool && v.Int != 1
		if !ok || counter || zero || v.Kind != flow.String && v.Str != "" {
			c.t.Errorf("value %+v of %s", v, m.Name)
		}
		if !utf8.ValidString(v.Str) || strings.ContainsFunc(v.Str, unicode.IsControl) {
			c.t.Errorf("value %q", v.Str)
		}
	}
	for _, n := range m.Counters {
		if _, counter, ok := p.Field(n.Key); !ok || !counter || n.N == 0 {
			c.t.Errorf("counter %+v of %s", n, m.Name)
		}
	}
	return nil
}

func (c *checker) common(start, end int64, proto string, dport uint16, icmpType uint8) {
	if err := flow.CheckTimes(start, end); err != nil {
		c.t.Error(err)
	}
	if proto == "" || proto != strings.ToLower(proto) || !flow.HasPorts(proto) && dport != 0 || !flow.HasType(proto) && icmpType != 0 {
		c.t.Errorf("proto %q, port %d, type %d", proto, dport, icmpType)
	}
}

func (c *checker) Bad(where string, err error) {
	c.bad++
	if !strings.HasPrefix(where, "line ") || err == nil {
		c.t.Errorf("Bad(%q, %v)", where, err)
	}
}

func (c *checker) Skip(_ string, n uint64) { c.skips += n }
func (c *checker) Note(string)             {}

// addSamples adds the logs of testdata with a suffix, and without their last part.
func addSamples(f *testing.F, suffix string) {
	for name := range kinds {
		log, err := os.ReadFile(filepath.Join("testdata", name+suffix))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(log), "", true)
		f.Add(string(log[:len(log)-20]), name+".log", false)
		f.Add(strings.ReplaceAll(strings.ReplaceAll(string(log), "#path", "#x"), "_path", "_x"), "", false)
	}
}

func fuzz(t *testing.T, log, name string, duration bool) {
	c := &checker{t: t}
	res, err := Read(context.Background(), strings.NewReader(log), Options{Name: name, UseDuration: duration, MaxLine: 4096}, c)
	switch {
	case err == nil:
	case errors.Is(err, ErrUnknownPath) || err == ErrNotZeek:
		if c.records > 0 {
			t.Errorf("error %v with %d records", err, c.records)
		}
	default:
		t.Errorf("error %v", err)
	}
	var records uint64
	for path, n := range res.Records {
		records += n
		if kinds[path] == nil || n == 0 {
			t.Errorf("%d records of %q", n, path)
		}
	}
	if records != c.records || res.Bad != c.bad || res.Skipped != c.skips || records+res.Bad+res.Skipped > res.Lines {
		t.Errorf("%+v, but %d records, %d bad, %d skipped", res, c.records, c.bad, c.skips)
	}
}

func FuzzTSV(f *testing.F) {
	addSamples(f, ".log")
	f.Fuzz(fuzz)
}

func FuzzJSON(f *testing.F) {
	addSamples(f, ".json.log")
	f.Fuzz(fuzz)
}

// TestSampleSuffixes makes sure that no prefix of a sample stops the reading.
func TestSampleSuffixes(t *testing.T) {
	for name := range kinds {
		for _, suffix := range []string{".log", ".json.log"} {
			log, err := io.ReadAll(open(t, name+suffix))
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(log); i += 7 {
				fuzz(t, string(log[:i]), "", true)
				fuzz(t, string(log[i:]), "", false)
			}
		}
	}
}
