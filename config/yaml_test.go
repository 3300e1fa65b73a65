package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestYAML(t *testing.T) {
	const src = `# comment
---
flow_time: false
FLOW_TIME_PRECISION: 0x10
db: "clickhouse://db/ivre"
web_notes_base: |
  text
web_allowed_referers: ~
web_modules: [view, 'flow']
web_trusted_proxies:
  - 192.0.2.0/24   # front end
  - 2001:db8::1
known_ports:
  tcp: {8080: 0.5, "9090": 1}
  udp: {}
data_dir:
`
	got, err := yamlAssignments([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	want := []assignment{
		{3, "FLOW_TIME", false},
		{4, "FLOW_TIME_PRECISION", int64(16)},
		{5, "DB", "clickhouse://db/ivre"},
		{6, "WEB_NOTES_BASE", "text\n"},
		{8, "WEB_ALLOWED_REFERERS", nil},
		{9, "WEB_MODULES", []any{"view", "flow"}},
		{10, "WEB_TRUSTED_PROXIES", []any{"192.0.2.0/24", "2001:db8::1"}},
		{13, "KNOWN_PORTS", dict{{"tcp", dict{{int64(8080), 0.5}, {"9090", int64(1)}}}, {"udp", dict{}}}},
		{16, "DATA_DIR", nil},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(assignment{}, entry{})); d != "" {
		t.Error(d)
	}
}

func TestYAMLEmpty(t *testing.T) {
	for _, src := range []string{"", "\n", "# only a comment\n", "---\n", "~\n"} {
		if got, err := yamlAssignments([]byte(src)); err != nil || len(got) != 0 {
			t.Errorf("%q: %v, error %v", src, got, err)
		}
	}
}

func TestYAMLErrors(t *testing.T) {
	for src, want := range map[string]string{
		"- a\n- b\n":                "line 1: the file must be a mapping",
		"just text\n":               "line 1: the file must be a mapping",
		"a: 1\nb: [1, 2\n":          "line 2: this is not YAML",
		"a: 1\n---\nb: 2\n":         "a second document starts here",
		"a: &x [1]\nb: *x\n":        "line 1: Anchor is not understood here",
		"a: !!binary aGk=\n":        "line 1: Tag is not understood here",
		"a: 1\n1: 2\n":              "line 2: the name of a setting must be a text, not 1",
		"a: 18446744073709551615\n": "line 1: the number is too large",
		"a: .nan\n":                 "Nan is not understood here",
		"a: 1\na: 2\n":              "line 2: this is not YAML",
		"a: " + strings.Repeat("[", 120) + strings.Repeat("]", 120): "nested too deep",
	} {
		if got, err := yamlAssignments([]byte(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, error %v, want %q", src, got, err, want)
		}
	}
}

func FuzzYAML(f *testing.F) {
	f.Add([]byte("flow_time: true\nknown_ports:\n  tcp: {80: 0.5}\nweb_modules: [a, 'b']\ndb: |\n  x\n"))
	f.Add([]byte("a: &x [1]\nb: *x\n<<: {c: !!str 1}\n? d\n: e\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		found, err := yamlAssignments(src)
		if err != nil {
			return
		}
		for _, a := range found {
			if a.line < 1 || a.name != strings.ToUpper(a.name) {
				t.Errorf("assignment %+v", a)
			}
		}
	})
}
