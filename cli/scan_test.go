package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ivre/sql/hosts"
	"ivre/sql/store/storetest"
)

const (
	labNmap    = "../samples/lab-nmap.xml"
	labMasscan = "../samples/lab-masscan.xml"
)

// TestScans loads real reports and asks about them on the command line.
func TestScans(t *testing.T) {
	db := storetest.New(t)
	flag := serverFlag(db)
	dir := t.TempDir()
	empty, odd, cut := filepath.Join(dir, "empty"), filepath.Join(dir, "odd"), filepath.Join(dir, "cut.xml")
	report, err := os.ReadFile(labNmap)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{empty: "", odd: "hello", cut: string(report[:20000])} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		err  []string // parts of standard error
	}{
		{[]string{"scan2db", "-c", "b,a,b", "-s", "lab", labNmap}, 0, []string{"Nmap XML: 5 hosts seen, 5 loaded\n", "INFO:ivre:1 results imported."}},
		{[]string{"scan2db", "-c", "a,b", "-s", "lab", labNmap, labNmap}, 0, []string{"already loaded with this source", "INFO:ivre:0 results imported."}},
		{[]string{"scan2db", "-s", "lab", labMasscan, empty}, 0, []string{"Masscan XML: 6 hosts seen, 6 loaded\n", "empty file: 0 hosts seen", "INFO:ivre:2 results imported."}},
		{[]string{"scan2db", odd, "nosuch", dir}, 1, []string{"unknown file type", "nosuch", "is a folder"}},
		{[]string{"scan2db", "--open-ports", "-s", "cut", cut}, 1, []string{"hosts seen", "incomplete", "line "}},
		{[]string{"scan2db", "--tags", "a:b", labNmap}, 2, []string{`"a:b" is not a tag`}},
	} {
		got := run(t, append([]string{flag}, c.args...)...)
		if got.code != c.code {
			t.Errorf("%v: exit status %d\n%s", c.args, got.code, got.err)
		}
		for _, part := range c.err {
			if !strings.Contains(got.err, part) {
				t.Errorf("%v: %q is not in\n%s", c.args, part, got.err)
			}
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"scancli", "--count", "--source", "lab"}, "11\n"},
		{[]string{"scancli", "--count", "--category", "a"}, "5\n"},
		{[]string{"scancli", "--short", "--service", "ssh"}, "192.0.2.22\n"},
		{[]string{"scancli", "--sho", "--serv=ssh"}, "192.0.2.22\n"},
		{[]string{"scancli", "--http-urls", "--category", "a", "192.0.2.80"}, "http://192.0.2.80/\nhttps://192.0.2.80/\nhttp://192.0.2.80:8080/\n"},
		{[]string{"scancli", "--http-urls-names", "--category", "a", "--port", "443"}, "http://example.com/\nhttp://www.example.com/\nhttps://example.com/\nhttps://www.example.com/\nhttp://example.com:8080/\nhttp://www.example.com:8080/\n"},
		{[]string{"scancli", "--top", "service", "--category", "a", "--limit", "1"}, "http: 3\n"},
		{[]string{"scancli", "--distinct", "categories"}, "a\nb\n"},
		{[]string{"top", "cert.subject_text", "--from", "scans", "-q", "cert.subject:/Example/"}, "organizationName=Example Org/commonName=www.example.com: 1\n"},
		{[]string{"top", "sshkey.bits", "--from=scans", "--json", "--source", "lab"}, "{\"label\": [\"ecdsa-sha2-nistp256\", 256], \"value\": 1}\n{\"label\": [\"ssh-ed25519\", 256], \"value\": 1}\n"},
		{[]string{"scancli", "--count", "-q", "sshkey.bits:256 script:ssh2-enum-algos source:lab"}, "1\n"},
		{[]string{"scancli", "--csv", "ports", "--category", "a", "192.0.2.22", "--openport", "--limit", "1"}, ""},
	} {
		got := run(t, append([]string{flag}, c.args...)...)
		if got.code != 0 || got.err != "" || c.want != "" && got.out != c.want {
			t.Errorf("%v: %+v, want %q", c.args, got, c.want)
		}
	}
	for _, args := range [][]string{{"scancli", "--port", "99999"}, {"scancli", "--host", "x"}, {"scancli", "192.0.2.1/33"}, {"scancli", "-q", "it's"}, {"scancli", "-q", "nosuch:1"}, {"scancli", "--cert", "zz"},
		{"top", "hassh-x"}, {"scancli", "--countports", "1"}, {"scancli", "--limit", "-1"}} {
		if got := run(t, append([]string{flag}, args...)...); got.code == 0 || got.err == "" {
			t.Errorf("%v: %+v", args, got)
		}
	}
	testExport(t, flag)
	if got := run(t, flag, "scancli", "--delete", "--source", "lab"); got.code != 0 || !strings.Contains(got.err, "records deleted") {
		t.Errorf("--delete: %+v", got)
	}
	if same, err := hosts.New(db, hosts.Scans).TopsAgree(context.Background()); !same || err != nil {
		t.Errorf("the kept numbers differ from the records, %v", err)
	}
	// what was deleted can be loaded again
	if got := run(t, flag, "scan2db", "-s", "lab", "-c", "a,b", labNmap); !strings.Contains(got.err, "5 loaded") {
		t.Errorf("after the deletion: %+v", got)
	}
}

// testExport loads what --json prints, and expects the same records again.
func testExport(t *testing.T, flag string) {
	t.Helper()
	exported := run(t, flag, "scancli", "--json", "--category", "a")
	file := filepath.Join(t.TempDir(), "export.json")
	if err := os.WriteFile(file, []byte(exported.out), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run(t, flag, "scan2db", "-c", "copy", file); got.code != 0 || !strings.Contains(got.err, "IVRE JSON: 5 hosts seen, 5 loaded") {
		t.Fatalf("loading the export: %+v", got)
	}
	again := run(t, flag, "scancli", "--json", "--category", "copy")
	if want := strings.ReplaceAll(exported.out, `"categories": ["a", "b"]`, `"categories": ["copy"]`); again.out != want {
		t.Errorf("the copy is\n%s\nwant\n%s", again.out, want)
	}
	if got := run(t, flag, "scancli", "--delete", "--category", "copy"); got.code != 0 {
		t.Errorf("%+v", got)
	}
}
