package nmapxml

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

var update = flag.Bool("update", false, "write the golden files")

// dump shows all that a report gives: its records, banners, warnings and counts.
func dump(text []byte, reuse bool) string { return dumpFrom(bytes.NewReader(text), reuse) }

func dumpFrom(r io.Reader, reuse bool) string {
	var out bytes.Buffer
	res, err := Read(context.Background(), r, Options{
		Reuse: reuse,
		Warn:  func(line int, msg string) { fmt.Fprintf(&out, "line %d: %s\n", line, msg) },
		Banner: func(_ *host.Host, p *host.Port, name, banner string) error {
			fmt.Fprintf(&out, "%s port %d: banner %s: %s\n", p.Protocol, p.Port, name, banner)
			return nil
		},
	}, func(h *host.Host) error {
		out.Write(host.Append(nil, h))
		out.WriteByte('\n')
		return nil
	})
	fmt.Fprintf(&out, "%+v\nerror: %v\n", res, err)
	return out.String()
}

func TestGolden(t *testing.T) {
	for _, name := range realReports {
		golden := "testdata/" + strings.TrimSuffix(name, ".xml") + ".golden"
		got := dump(realReport(t, name), false)
		if diff := cmp.Diff(got, dump(realReport(t, name), true)); diff != "" {
			t.Errorf("%s: reuse makes a difference (-own +reuse)\n%s", name, diff)
		}
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}
