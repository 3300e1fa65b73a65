package fingerprint

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func own(tb testing.TB) *DB {
	tb.Helper()
	d, err := Load("testdata/probes")
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestMatch(t *testing.T) {
	d := own(t)
	random := make([]byte, 40)
	for i := range random {
		random[i] = byte(i * 5)
	}
	for _, tt := range []struct {
		name, probe, banner string
		want                *Match
	}{
		{"all fields", "tcp/NULL", "220 Acme FTP 1.2 on h.example.com\r\n", &Match{Service: "ftp", Product: "Acme ftpd", Version: "1.2", ExtraInfo: "slow",
			Hostname: "h.example.com", OSType: "Unix", DeviceType: "file server", CPEs: []string{"cpe:/a:acme:ftpd:1.2", "cpe:/o:acme:os"}}},
		{"line end taken away", "TCP/NULL", "220 Acme FTP 1.2 on h", &Match{Service: "ftp", Product: "Acme ftpd", Version: "1.2", ExtraInfo: "slow",
			Hostname: "h", OSType: "Unix", DeviceType: "file server", CPEs: []string{"cpe:/a:acme:ftpd:1.2", "cpe:/o:acme:os"}}},
		{"line end elsewhere", "TCP/NULL", "220 Acme FTP 1.2 on h\r", &Match{Service: "ftp", Product: "Some ftpd", ExtraInfo: "greets as Acme", Soft: true}},
		{"soft ones add up", "tcp/NULL", "220 acme ftp\r\n", &Match{Service: "ftp", Product: "Some ftpd", ExtraInfo: "greets as acme", Soft: true}},
		{"a hard one wins", "tcp/NULL", "220 never after a soft one\n", &Match{Service: "ftp", Product: "Hard"}},
		{"tunnel", "tcp/NULL", "\x16\x03\xff", &Match{Service: "acme", Product: "A/B", Tunnel: "ssl"}},
		{"case", "tcp/NULL", "hELLO BIG world!", &Match{Service: "cases", Product: "Cases"}},
		{"$P", "tcp/NULL", "NAME:M\x00y\x00 \x00P\x00", &Match{Service: "utf16", Product: "My P"}},
		{"$SUBST", "tcp/NULL", "V:1_2_3;a\r\nb\r\n;", &Match{Service: "dots", Version: "1.2.3", ExtraInfo: "a, b, "}},
		{"$I", "tcp/NULL", "\xde\xad\x01\x02\x01\x02\xff", &Match{Service: "ints", Version: "258.513.255"}},
		{"group that took no part", "tcp/NULL", "OPT", &Match{Service: "optional", ExtraInfo: "always $0 $Z"}},
		{"other group", "tcp/NULL", "OPT x y", &Match{Service: "optional", Product: "Opt x", Version: " y", ExtraInfo: "always $0 $Z"}},
		{"$ before a line feed", "tcp/NULL", "OPT x\n", &Match{Service: "optional", Product: "Opt x", ExtraInfo: "always $0 $Z"}},
		{"escapes", "tcp/NULL", "ESC a\\\t\r\n\x00\xe9", &Match{Service: "escapes", Product: `a\\\t\r\n\x00\xe9`}},
		{"back-reference", "tcp/NULL", "ham and ham again", &Match{Service: "again", Product: "ham"}},
		{"no back-reference", "tcp/NULL", "ham and egg again", nil},
		{"look-ahead", "tcp/NULL", "AHEAD yes", &Match{Service: "ahead", Product: "yes"}},
		{"no look-ahead", "tcp/NULL", "AHEAD not", nil},
		{"look-behind", "tcp/NULL", "... IS BEHIND you", &Match{Service: "behind", Product: "you"}},
		{"headers", "tcp/NULL", "LINES\r\n\r\nA: b\r\nServer: one\r\n", &Match{Service: "headers", Product: "one"}},
		{"not the body", "tcp/NULL", "LINES\r\nA: b\r\n\r\nServer: one\r\n", nil},
		{"random bytes", "tcp/NULL", string(random), nil},
		{"empty result", "tcp/NULL", "EMPTY", &Match{Service: "emptyfield", Version: "1"}},
		{"empty banner", "tcp/NULL", "", nil},
		{"soft", "tcp/GetRequest", "HTTP/1.0 200 OK", &Match{Service: "http", Soft: true}},
		{"hard after soft", "tcp/GetRequest", "HTTP/1.1 200 OK\r\nServer: acme/7\r\n", &Match{Service: "http", Product: "Acme httpd", Version: "7"}},
		{"fallback", "tcp/GetRequest", "HTTP/1.1 404 No", &Match{Service: "other", Product: "Hard by fallback"}},
		{"soft fallback", "tcp/GetRequest", "HTTP/1.1 500 No", &Match{Service: "other", Product: "Soft by fallback", Soft: true}},
		{"UDP twin", "tcp/DnsTCP", "\x00\x06", &Match{Service: "dns", Product: "UDP"}},
		{"other protocol", "udp/NULL", "OPT", nil},
		{"unknown probe", "tcp/Unknown", "OPT", nil},
	} {
		proto, probe, _ := strings.Cut(tt.probe, "/")
		got, ok := d.Match(proto, probe, []byte(tt.banner))
		var res *Match
		if ok {
			res = &got
		}
		if diff := cmp.Diff(tt.want, res); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestLandesk(t *testing.T) {
	d, err := Parse(strings.NewReader("Probe TCP NULL q||\nmatch landesk-rc m|^.{264}$|s p/LANDesk/\n"), "x")
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 264)
	if _, ok := d.Match("tcp", "NULL", data); ok {
		t.Error("264 equal bytes match")
	}
	for i := range data {
		data[i] = byte(i)
	}
	if m, _ := d.Match("tcp", "NULL", data); m.Product != "LANDesk" {
		t.Error("264 different bytes don't match")
	}
}

func TestProblems(t *testing.T) {
	d := own(t)
	d.Match("tcp", "NULL", []byte("BADINFO"))
	want := []string{
		"testdata/probes, line 3: a match before the first Probe",
		"testdata/probes, line 26: want match <service> m|<pattern>|",
		"testdata/probes, line 45: want Probe TCP|UDP <name> q|...|",
		"testdata/probes, line 24: byte 10 of the pattern: missing )",
		"testdata/probes, line 27: byte 3 of the pattern: a repetition is repeated",
		"testdata/probes, line 25: the version information cannot be read: unknown field q",
	}
	got := d.Problems()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestConcurrent(t *testing.T) {
	d := own(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if m, _ := d.Match("tcp", "NULL", []byte("ham and ham again")); m.Product != "ham" {
					t.Error("no match")
				}
			}
		})
	}
	wg.Wait()
}

func TestMissing(t *testing.T) {
	var none *DB
	if _, ok := none.Match("tcp", "NULL", nil); ok || none.Problems() != nil {
		t.Error("a nil database knows something")
	}
	if _, err := Load(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
	d := &DB{missing: "nothing there"}
	var got []string
	for range 3 {
		d.WarnOnce(func(s string) { got = append(got, s) })
	}
	if diff := cmp.Diff([]string{"nothing there"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, []byte("Probe TCP NULL q||\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NMAPDIR", dir)
	if got, err := Find(); got != path || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if d, err := Load(dir); err != nil || d.sections["TCP/NULL"] == nil {
		t.Errorf("a folder: %v", err)
	}
}

func TestLongLine(t *testing.T) {
	_, err := Parse(strings.NewReader("Probe TCP NULL q||\n"+strings.Repeat("x", maxLine+1)), "f")
	if err == nil || !strings.HasPrefix(err.Error(), "f, after line 1: ") {
		t.Errorf("got %v", err)
	}
}
