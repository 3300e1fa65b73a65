package scanfile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/ingest/scanfile"
)

const nmapReport = `<?xml version="1.0"?><nmaprun scanner="nmap"><host><status state="up"/><address addr="192.0.2.1" addrtype="ipv4"/>
<ports><port protocol="tcp" portid="22"><state state="open"/><script id="x" output="y"/></port></ports></host>
<host><status state="up"/><address addr="192.0.2.2" addrtype="ipv4"/><ports><port protocol="tcp" portid="22"><state state="closed"/></port></ports></host>
<host><status state="up"/><address addr="192.0.2.3" addrtype="ipv4"/></host>
<host><status state="down"/><address addr="192.0.2.4" addrtype="ipv4"/></host></nmaprun>`

// read reads a text and says what it was and what became of its hosts.
func read(t *testing.T, text string, opt scanfile.Options) (got string, records []string, err error) {
	t.Helper()
	sink := &scanfile.Collect{Each: func(h *host.Host) error { records = append(records, string(host.Append(nil, h))); return nil }}
	res, err := scanfile.Read(context.Background(), strings.NewReader(text), opt, sink)
	got = fmt.Sprintf("%s: %d hosts, %d kept", res.Format, res.Hosts, sink.Stored)
	for _, s := range sink.Skipped {
		got += fmt.Sprintf(", %d %s", s.Count, s.Reason)
	}
	for _, w := range res.Warnings {
		got += "; " + w
	}
	return got, records, err
}

func TestFormats(t *testing.T) {
	for text, want := range map[string]struct {
		got string
		err error
	}{
		"":         {"empty file: 0 hosts, 0 kept", nil},
		nmapReport: {"Nmap XML: 4 hosts, 3 kept, 1 down", nil},
		strings.Replace(nmapReport, `"nmap"`, `"masscan"`, 1): {"Masscan XML: 4 hosts, 3 kept, 1 down", nil},
		`{"addr": "192.0.2.1"}`:                               {"IVRE JSON: 1 hosts, 1 kept", nil},
		"\xef\xbb\xbf{\"addr\": \"192.0.2.1\"}":               {"IVRE JSON: 1 hosts, 1 kept", nil},
		`{"ip": "192.0.2.1", "data": {}}`:                     {"ZGrab JSON: 0 hosts, 0 kept", scanfile.ErrUnknown},
		`{"template-id": "x", "matched-at": "y"}`:             {"Nuclei JSON: 0 hosts, 0 kept", scanfile.ErrUnknown},
		`{"tls_connection": "ctls"}`:                          {"tlsx JSON: 0 hosts, 0 kept", scanfile.ErrUnknown},
		`[{"host": "x"}]`:                                     {"Dismap JSON: 0 hosts, 0 kept", scanfile.ErrUnknown},
		`{"what": "is this"}`:                                 {": 0 hosts, 0 kept", scanfile.ErrUnknown},
		`{"what`:                                              {": 0 hosts, 0 kept", scanfile.ErrUnknown},
		"hello\n":                                             {": 0 hosts, 0 kept", scanfile.ErrUnknown},
	} {
		got, _, err := read(t, text, scanfile.Options{})
		if got != want.got || !errors.Is(err, want.err) || (err == nil) != (want.err == nil) {
			t.Errorf("%.40q: %s, %v; want %s, %v", text, got, err, want.got, want.err)
		}
	}
}

func TestOptions(t *testing.T) {
	tags, err := scanfile.Tags("b:info:x,a:warning:")
	if err != nil {
		t.Fatal(err)
	}
	opt := scanfile.Options{Categories: scanfile.Categories("b,,a,b"), Source: "here", Tags: tags, OpenPorts: true}
	got, records, err := read(t, nmapReport, opt)
	if err != nil || got != "Nmap XML: 4 hosts, 1 kept, 1 no open port, 1 no open port, 1 down" {
		t.Fatal(got, err)
	}
	for _, part := range []string{`"source": "here"`, `"categories": ["a", "b"]`, `"tags": [{"value": "a", "type": "warning"}, {"value": "b", "type": "info", "info": ["x"]}]`} {
		if !strings.Contains(records[0], part) {
			t.Errorf("%s is not in %s", part, records[0])
		}
	}
	if got, _, err := read(t, nmapReport, scanfile.Options{NeedPorts: true}); err != nil || got != "Nmap XML: 4 hosts, 2 kept, 1 no ports, 1 down" {
		t.Error(got, err)
	}
	for _, bad := range []string{"a", "a:b", ":b:c", "a:b:c,d"} {
		if _, err := scanfile.Tags(bad); err == nil {
			t.Errorf("tags %q were taken", bad)
		}
	}
}

// What the parsers cannot understand ends up among the file's warnings.
func TestWarnings(t *testing.T) {
	opt := scanfile.Options{Parsers: func(warn func(string)) scanfile.Parsers {
		return scanfile.Parsers{Script: func(_ *host.Host, _ *host.Port, s host.Script) { warn("odd script " + s.ID) }}
	}}
	got, _, err := read(t, nmapReport, opt)
	if err != nil || got != "Nmap XML: 4 hosts, 3 kept, 1 down; odd script x" {
		t.Error(got, err)
	}
	var many strings.Builder
	for range 9 {
		many.WriteString("{\"addr\": x}\n")
	}
	sink := &scanfile.Collect{Each: func(*host.Host) error { return nil }}
	res, err := scanfile.Read(context.Background(), strings.NewReader("{\"addr\": \"192.0.2.1\"}\n"+many.String()), scanfile.Options{}, sink)
	if err != nil || len(res.Warnings) != 5 || res.More != 4 || !strings.HasPrefix(res.Warnings[0], "line 2: ") {
		t.Errorf("%+v, %v", res, err)
	}
}

// An error of what takes the hosts is told from one of the file.
func TestSinkError(t *testing.T) {
	full := errors.New("disk full")
	sink := &scanfile.Collect{Each: func(*host.Host) error { return full }}
	_, err := scanfile.Read(context.Background(), strings.NewReader(nmapReport), scanfile.Options{}, sink)
	if !scanfile.IsSinkError(err) || !errors.Is(err, full) {
		t.Error(err)
	}
	_, err = scanfile.Read(context.Background(), strings.NewReader(nmapReport[:300]), scanfile.Options{}, &scanfile.Collect{Each: func(*host.Host) error { return nil }})
	if err == nil || scanfile.IsSinkError(err) {
		t.Error("a cut report:", err)
	}
}

// The summary is the line that users see for each file.
func TestSummary(t *testing.T) {
	for want, o := range map[string]scanfile.Outcome{
		"already loaded with this source and these categories; skipped (--again loads it again)": {Known: true},
		"Nmap XML: 3 hosts seen, 2 loaded; line 7: odd; 4 more warnings":                         {Result: scanfile.Result{Format: "Nmap XML", Hosts: 3, Warnings: []string{"line 7: odd"}, More: 4}, Stored: 2},
		"0 hosts seen, 0 loaded; no such file":                                                   {Err: errors.New("no such file")},
	} {
		if got := o.Summary(); got != want {
			t.Error(cmp.Diff(want, got))
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{nmapReport, `{"addr": "192.0.2.1"}`, "[", "\xef\xbb\xbf", `{"ip": 1, "domain": {"addr": []}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		sink := &scanfile.Collect{Each: func(*host.Host) error { return nil }}
		res, err := scanfile.Read(context.Background(), strings.NewReader(string(b)), scanfile.Options{}, sink)
		if err == nil && res.Hosts < sink.Stored {
			t.Errorf("%d hosts, %d kept", res.Hosts, sink.Stored)
		}
	})
}
