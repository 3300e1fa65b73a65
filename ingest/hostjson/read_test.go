package hostjson

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

var update = flag.Bool("update", false, "write the golden files")

// result is what Read passed on.
type result struct {
	records []string
	bad     []string
	skipped []string
}

func read(t testing.TB, text string, opt Options) (r result) {
	t.Helper()
	opt.Skipped = func(reason string) { r.skipped = append(r.skipped, reason) }
	err := Read(t.Context(), strings.NewReader(text), opt,
		func(h *host.Host) error {
			r.records = append(r.records, string(AppendSorted(nil, h)))
			return nil
		},
		func(line int, err error) { r.bad = append(r.bad, fmt.Sprint(line, ": ", err)) })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOptions is test vector 22.
func TestOptions(t *testing.T) {
	text := `{"schema_version": 21, "addr": "192.0.2.1", "scanid": ["0123"], "infos": {"country_code": "FR"}, "source": "old", "categories": ["old"], ` +
		`"tags": [{"value": "CDN", "type": "info", "info": ["a"]}], "openports": {"count": 5}, "_id": "x", ` +
		`"ports": [{"port": 80, "protocol": "tcp", "state_state": "open"}]}`
	r := read(t, text, Options{Categories: []string{"b", "a", "b"}, Source: "new",
		Tags: []host.Tag{{Value: "CDN", Type: "info", Info: []string{"b"}}, {Value: "Zed", Type: "warning"}}})
	want := result{records: []string{`{"addr": "192.0.2.1", "categories": ["a", "b"], "openports": {"count": 1, "tcp": {"count": 1, "ports": [80]}}, ` +
		`"ports": [{"port": 80, "protocol": "tcp", "state_state": "open"}], "schema_version": 22, "source": "new", ` +
		`"tags": [{"info": ["a", "b"], "type": "info", "value": "CDN"}, {"type": "warning", "value": "Zed"}]}`}}
	if diff := cmp.Diff(want, r, cmp.AllowUnexported(result{})); diff != "" {
		t.Error(diff)
	}
}

func TestRead(t *testing.T) {
	const (
		openPort   = `{"schema_version":22,"addr":"192.0.2.1","source":["a","b"],"infos":{"city":"Paris"},"ports":[{"port":80,"protocol":"tcp","state_state":"open"},{"port":-1,"scripts":[{"id":"a"}]}]}`
		closedPort = `{"addr":"192.0.2.2","schema_version":22,"ports":[{"port":80,"protocol":"tcp","state_state":"closed"}]}`
		noPorts    = `{"addr":"192.0.2.3","schema_version":22,"hostnames":[{"name":"a.example","type":"PTR"}]}`
	)
	text := openPort + "\r\n\n \n" + closedPort + "\n" + `{"addr":"192.0.2.4","schema_version":22,"ports":[{}]}` + "\n[]\n{\"schema_version\":23}\n" +
		`{"schema_version":22}` + "\n" + `{"addr":-5,"schema_version":3}` + "\n" + noPorts
	records := []string{
		`{"addr": "192.0.2.1", "infos": {"city": "Paris"}, "openports": {"count": 1, "tcp": {"count": 1, "ports": [80]}}, "ports": [{"port": -1, "scripts": [{"id": "a"}]}, {"port": 80, "protocol": "tcp", "state_state": "open"}], "schema_version": 22, "source": ["a", "b"]}`,
		`{"addr": "192.0.2.2", "openports": {"count": 0}, "ports": [{"port": 80, "protocol": "tcp", "state_state": "closed"}], "schema_version": 22}`,
		`{"addr": "192.0.2.3", "hostnames": [{"domains": ["a.example", "example"], "name": "a.example", "type": "PTR"}], "openports": {"count": 0}, "schema_version": 22}`,
	}
	bad := []string{
		`5: JSON, offset 49: ports[0].port: missing`,
		`6: JSON, offset 0: want an object, found a list`,
		`7: the record has schema version 23, this program reads 0 to 22`,
		`8: the record has no addr`,
		`9: after the upgrade from schema version 3: JSON, offset 9: addr: want a text, found a number`,
	}
	tests := []struct {
		name string
		opt  Options
		want result
	}{
		{"all", Options{}, result{records, bad, nil}},
		{"ports", Options{NeedPorts: true}, result{records[:2], bad, []string{NoPorts}}},
		{"open ports", Options{OpenPortsOnly: true}, result{records[:1], bad, []string{NoOpenPorts, NoOpenPorts}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, read(t, text, tt.opt), cmp.AllowUnexported(result{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOldRecord reads a record of version 0 that every step changes.
func TestOldRecord(t *testing.T) {
	for _, name := range []string{"version0", "version10"} {
		text, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		r := read(t, string(text), testOptions)
		if len(r.bad) > 0 || len(r.records) != 1 {
			t.Fatalf("%s: %+v", name, r)
		}
		got := strings.ReplaceAll(r.records[0], `, "`, ",\n\"") + "\n"
		if *update {
			if err := os.WriteFile("testdata/"+name+".golden", []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile("testdata/" + name + ".golden")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestLongLines(t *testing.T) {
	line := func(size int) string {
		s := `{"addr":"192.0.2.1","schema_version":22,"state":""}`
		return strings.Replace(s, `""`, `"`+strings.Repeat("x", size-len(s))+`"`, 1)
	}
	const most = 1 << 20
	for _, size := range []int{100, 256 << 10, 256<<10 - 1, 256<<10 + 1, most - 1, most, most + 1, 3 * most} {
		for _, end := range []string{"\n", ""} {
			r := read(t, line(60)+"\n"+line(size)+"\n"+line(size)+end, Options{MaxLine: most})
			want := 3
			if size > most {
				want = 1
			}
			if len(r.records) != want || len(r.bad) != 3-want {
				t.Errorf("lines of %d bytes: %d records, bad %v", size, len(r.records), r.bad)
			}
			for _, bad := range r.bad {
				if !strings.Contains(bad, fmt.Sprintf("the line is too long (%d bytes, at most %d are read)", size, most)) {
					t.Error(bad)
				}
			}
		}
	}
}

func TestReadEnds(t *testing.T) {
	good := `{"addr":"192.0.2.1","schema_version":22}` + "\n"
	stop := errors.New("stop")
	n := 0
	count := func(*host.Host) error { n++; return nil }

	if err := Read(t.Context(), strings.NewReader(good+good), Options{}, func(*host.Host) error { n++; return stop }, nil); err != stop || n != 1 {
		t.Errorf("error of emit: %v after %d records", err, n)
	}
	n = 0
	broken := io.MultiReader(strings.NewReader(good+good[:20]), iotest.ErrReader(stop))
	if err := Read(t.Context(), broken, Options{}, count, nil); !errors.Is(err, stop) || n != 1 || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error of the reader: %v after %d records", err, n)
	}
	n = 0
	ctx, cancel := context.WithCancel(t.Context())
	err := Read(ctx, strings.NewReader("x\n"+good+good), Options{}, func(*host.Host) error { n++; cancel(); return nil }, nil)
	if err != context.Canceled || n != 1 {
		t.Errorf("cancelled: %v after %d records", err, n)
	}
	if err := Read(t.Context(), iotest.OneByteReader(strings.NewReader("")), Options{}, count, nil); err != nil {
		t.Errorf("empty: %v", err)
	}
}

// FuzzRead upgrades whatever has the form of a record.
func FuzzRead(f *testing.F) {
	for _, tt := range stepTests {
		f.Add(tt.from, tt.to-1)
	}
	f.Fuzz(func(t *testing.T, text string, version int) {
		if !strings.HasPrefix(text, "{") || strings.Contains(text, "\n") {
			return
		}
		text = fmt.Sprintf(`{"schema_version":%d,"addr":"192.0.2.1","x":0`, version) + strings.Replace(","+text[1:], ",}", "}", 1)
		for _, record := range read(t, text, testOptions).records {
			again := read(t, record, testOptions)
			if len(again.records) != 1 || again.records[0] != record {
				t.Fatalf("not the same twice:\n%s\n%+v", record, again)
			}
		}
	})
}

func TestAppendSorted(t *testing.T) {
	h := &host.Host{State: "up", Infos: host.NewObject("b", host.List{host.NewObject("é", 1.0, "z", int64(1), "B", nil)}, "a", "")}
	want := `x{"infos": {"a": "", "b": [{"B": null, "z": 1, "\u00e9": 1.0}]}, "openports": {"count": 0}, "schema_version": 22, "state": "up"}`
	if got := string(AppendSorted([]byte("x"), h)); got != want {
		t.Error(got)
	}
}

func BenchmarkRead(b *testing.B) {
	text, err := os.ReadFile("testdata/version0.golden")
	if err != nil {
		b.Fatal(err)
	}
	line := strings.ReplaceAll(string(text), "\n", " ") + "\n"
	for name, line := range map[string]string{"current": line, "old": strings.Replace(line, `"schema_version": 22`, `"schema_version": 21`, 1)} {
		b.Run(name, func(b *testing.B) {
			lines := strings.Repeat(line, 100)
			b.SetBytes(int64(len(lines)))
			for b.Loop() {
				err := Read(b.Context(), strings.NewReader(lines), Options{}, func(*host.Host) error { return nil },
					func(_ int, err error) { b.Fatal(err) })
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
