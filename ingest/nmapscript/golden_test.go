package nmapscript

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

// testCase is a script's result, as a report has it, and what becomes of it. Files in testdata hold lists of them.
type testCase struct {
	name   string
	port   int
	script host.Script
	want   map[string]any // of the record: scripts and screenshot (of the port), hostnames, addresses, cpes
	warns  string         // part of the one warning; empty for none
}

// readCases reads a file of cases: {name, port?, id, output?, data?, want, warns?}.
func readCases(t testing.TB, file string) []testCase {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := host.DecodeValue(b)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var cases []testCase
	for _, item := range v.(host.List) {
		o := item.(*host.Object)
		c := testCase{name: o.Text("name"), port: 443, warns: o.Text("warns")}
		if n, ok := o.Get("port"); ok {
			c.port = int(n.(int64))
		}
		c.script.ID = o.Text("id")
		if s, ok := o.Get("output"); ok {
			c.script.Output, c.script.HasOutput = s.(string), true
		}
		c.script.Data, _ = o.Get("data")
		want, ok := o.Get("want")
		if !ok || c.script.ID == "" {
			t.Fatalf("%s: %q has no id or does not say what it wants", file, c.name)
		}
		c.want = plain(want).(map[string]any)
		cases = append(cases, c)
	}
	return cases
}

// plain turns objects into maps.
func plain(v host.Value) any {
	switch v := v.(type) {
	case *host.Object:
		m := map[string]any{}
		for _, member := range v.Members {
			m[member.Key] = plain(member.Value)
		}
		return m
	case host.List:
		l := make([]any, len(v))
		for i := range v {
			l[i] = plain(v[i])
		}
		return l
	}
	return v
}

// outcome is what a record says after one script.
func outcome(t testing.TB, h *host.Host, p host.Port) map[string]any {
	t.Helper()
	h.Ports = []host.Port{p}
	b := host.Append(nil, h)
	v, err := host.DecodeValue(b)
	if err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	m := plain(v).(map[string]any)
	got := map[string]any{}
	for _, key := range []string{"hostnames", "addresses", "cpes"} {
		if part, ok := m[key]; ok {
			got[key] = part
		}
	}
	port := m["ports"].([]any)[0].(map[string]any)
	for _, key := range []string{"scripts", "screenshot"} {
		if part, ok := port[key]; ok {
			got[key] = part
		}
	}
	return got
}

func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		for _, c := range readCases(t, file) {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+c.name, func(t *testing.T) {
				var warnings []string
				pl := fakePipeline(func(msg string) { warnings = append(warnings, msg) })
				h, p := &host.Host{}, host.Port{Port: c.port, Protocol: "tcp"}
				pl.Apply(h, &p, c.script)
				if d := cmp.Diff(c.want, outcome(t, h, p)); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
				if all := strings.Join(warnings, "\n"); (c.warns == "") != (all == "") || !strings.Contains(all, c.warns) || len(warnings) > 1 {
					t.Errorf("warnings %q, want %q", all, c.warns)
				}
			})
		}
	}
}

// fakePipeline reads certificates of one text only.
func fakePipeline(warn func(string)) *Pipeline {
	return &Pipeline{
		Warn: warn,
		Cert: func(pem string) *host.Object {
			if pem != "PEM" {
				return nil
			}
			return host.NewObject("subject", host.NewObject("commonName", "a.example.com"), "pem", pem)
		},
		CertText: func(o *host.Object) string { return "text of " + o.Text("pem") },
		CertHostnames: func(h *host.Host, o *host.Object) {
			subject, _ := o.Get("subject")
			if s, ok := subject.(*host.Object); ok {
				h.AddHostname(s.Text("commonName"), "cert-subject-cn")
			}
		},
		Screenshot: func(p *host.Port, name string) { p.Screenshot = name },
	}
}
