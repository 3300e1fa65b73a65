package nmapscript

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/cert"
	"ivre/ingest/host"
	"ivre/ingest/nmapxml"
)

func TestWindowsBuild(t *testing.T) {
	for name, want := range map[string]string{
		"Windows NT 4.0": "4.0.1381", "Windows 5.0": "5.0.2195", "Windows 2000": "5.0.2195", "Windows XP": "5.1.2600", "Windows 5.1": "5.1.2600",
		"Windows XP 3790 Service Pack 1": "5.1.2600.1105-1106", "Windows XP 3790 Service Pack 2": "5.1.2600.2180",
		"Windows Server 2003 3790": "5.2.3790", "Windows Server 2003 3790 Service Pack 1": "5.2.3790.1180", "Windows Server 2003 R2 3790 Service Pack 2": "5.2.3790",
		"Windows Server (R) 2008 Enterprise 6001 Service Pack 1": "6.0.6001", "Windows Server (R) 2008 Standard 6002 Service Pack 2": "6.0.6003",
		"Windows Vista (TM) Enterprise 6002 Service Pack 2": "6.0.6002", "Windows 7 Professional 7600": "6.1.7600", "Windows Web Server 2008 R2 7601 Service Pack 1": "6.1.7601",
		"Windows 8 Enterprise Evaluation 9200": "6.2.9200", "Windows 8.1 Enterprise 9600": "6.3.9200", "Windows Server 2012 R2 Standard 9600": "6.3.9600",
		"Windows Server 2016 Standard 14393": "10.0.14393", "Windows 10 Enterprise 10240": "10.0.10240", "Windows 10 Enterprise Evaluation LTSC 2019 17763": "10.0.17763",
		"Windows 10 Enterprise 2016 LTSB 14393": "10.0.14393", "Windows 10 Enterprise 1": "", "Windows": "", "7 Professional 7600": "", "": "",
	} {
		if got := WindowsBuild(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestAlone: without functions, the pipeline leaves out what they would do.
func TestAlone(t *testing.T) {
	h, p := &host.Host{}, host.Port{Port: 443}
	for _, s := range []host.Script{
		{ID: "ssl-cert", Output: "x", HasOutput: true, Data: host.NewObject("pem", "PEM")},
		{ID: "vnc-screenshot", Output: "Saved to a.png", HasOutput: true},
		{ID: "vnc-screenshot", Output: "Saved to /a.png", HasOutput: true},
	} {
		(&Pipeline{}).Apply(h, &p, s)
	}
	if len(p.Scripts) != 1 || p.Scripts[0].Output != "x" {
		t.Fatalf("%+v", p.Scripts)
	}
	if d := cmp.Diff([]any{map[string]any{"pem": "PEM"}}, plain(p.Scripts[0].Data)); d != "" {
		t.Error(d)
	}
}

func TestLimits(t *testing.T) {
	start := time.Now()
	const n = 60000
	apply := func(id, output string, data host.Value) (*host.Script, string) {
		var warnings []string
		p := &host.Port{}
		pl := Pipeline{Warn: func(msg string) { warnings = append(warnings, msg) }}
		pl.Apply(&host.Host{}, p, host.Script{ID: id, Output: output, HasOutput: true, Data: data})
		return &p.Scripts[len(p.Scripts)-1], strings.Join(warnings, "\n")
	}
	s, warnings := apply("ftp-anon", strings.Repeat("01-02-24  03:04PM 9223372036854775807 a\n", n), nil)
	v, _ := s.Data.(*host.Object).Get("total")
	if d := cmp.Diff(map[string]any{"files": int64(maxFiles), "bytes": int64(1<<63 - 1)}, plain(v)); d != "" || !strings.Contains(warnings, "the last 10000 are only in the text") {
		t.Error(d, warnings)
	}
	s, warnings = apply("http-headers", strings.Repeat("a: b\n", n), nil)
	if got := len(s.Data.(host.List)); got != maxHeaders || !strings.Contains(warnings, "after the first 1000") {
		t.Error(got, warnings)
	}
	wide := &host.Object{}
	for i := range n {
		wide.Members = append(wide.Members, host.Member{Key: strings.Repeat("k", 1+i%7) + host.FormatTime(time.Unix(int64(i), 0)), Value: "v"})
	}
	for id := range rules {
		data := &host.Object{Members: append([]host.Member{{Key: "a", Value: host.NewObject("b", wide)}, {Key: `\\a\b`, Value: wide}}, wide.Members...)}
		apply(id, "x", data)
		apply(id, strings.Repeat("  ERROR: ", n), nil)
		apply(id, strings.Repeat("SMB: TIMEOUt", n), nil)
	}
	apply("mongodb-databases", "  databases\n"+strings.Repeat("    0\n      a = b\n      shards\n        c = 1\n", n), nil)
	apply("ftp-anon", strings.Repeat("-rw-r--r-- 1 "+strings.Repeat("a ", 2000)+"\n", 100), nil)
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}

// TestManyScripts: a port with very many results takes no more than their number.
func TestManyScripts(t *testing.T) {
	start := time.Now()
	h, p := &host.Host{}, host.Port{Port: 1}
	pl := Pipeline{}
	for i := range 100000 {
		pl.Apply(h, &p, host.Script{ID: "http-headers", HasOutput: true, Output: "kbn-name: a\nlocation: /" + host.FormatTime(time.Unix(int64(i), 0))})
	}
	if d := time.Since(start); len(p.Scripts) != 100001 || d > 10*time.Second {
		t.Errorf("%d scripts in %v", len(p.Scripts), d)
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// TestReport applies the pipeline to the report of a real scan (nmap -A, Nmap 7.93).
func TestReport(t *testing.T) {
	f, err := os.Open("testdata/nmap-A.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pl := &Pipeline{
		Warn:          func(msg string) { t.Error(msg) },
		Cert:          func(pem string) *host.Object { c, _ := cert.ParsePEM(pem); return c },
		CertText:      cert.Text,
		CertHostnames: cert.AddHostnames,
	}
	var got []byte
	_, err = nmapxml.Read(t.Context(), f, nmapxml.Options{Script: pl.Apply}, func(h *host.Host) error {
		h.Finish()
		got = append(host.Append(got, h), '\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/nmap-A.golden"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), ", "), strings.Split(string(got), ", ")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func FuzzApply(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		for _, c := range readCases(f, file) {
			var data []byte
			if c.script.Data != nil {
				data = host.AppendValue(nil, c.script.Data)
			}
			f.Add(c.script.ID, c.script.Output, string(data))
		}
	}
	f.Fuzz(func(t *testing.T, id, output, data string) {
		s := host.Script{ID: id, Output: output, HasOutput: output != ""}
		if v, err := host.DecodeValue([]byte(data)); err == nil {
			s.Data = v
		}
		h, p := &host.Host{}, host.Port{Port: 1}
		pl := fakePipeline(func(string) {})
		pl.Apply(h, &p, s)
		h.Ports = []host.Port{p}
		if b := host.Append(nil, h); !json.Valid(b) {
			t.Errorf("%s", b)
		}
	})
}

// FuzzText reads any text as that of each script whose structure is made from text.
func FuzzText(f *testing.F) {
	for _, file := range []string{"testdata/ls.json", "testdata/mongodb.json", "testdata/http.json", "testdata/services.json"} {
		for _, c := range readCases(f, file) {
			f.Add(c.script.Output)
		}
	}
	f.Fuzz(func(t *testing.T, output string) {
		for _, id := range []string{"smb-ls", "nfs-ls", "afp-ls", "ftp-anon", "mongodb-databases", "http-headers", "modbus-discover"} {
			h, p := &host.Host{}, host.Port{Port: 1}
			(&Pipeline{}).Apply(h, &p, host.Script{ID: id, Output: output, HasOutput: true})
			if len(p.Scripts) == 0 {
				continue // ignored
			}
			o, ok := p.Scripts[len(p.Scripts)-1].Data.(*host.Object)
			if !ok || host.DataKey(id) != "ls" {
				continue
			}
			checkTotal(t, id, o)
		}
	})
}

// checkTotal checks that a listing's total is that of its files.
func checkTotal(t *testing.T, id string, o *host.Object) {
	files := int64(0)
	volumes, _ := o.Get("volumes")
	for _, volume := range volumes.(host.List) {
		list, _ := volume.(*host.Object).Get("files")
		files += int64(len(list.(host.List)))
	}
	v, _ := o.Get("total")
	count, _ := v.(*host.Object).Get("files")
	size, _ := v.(*host.Object).Get("bytes")
	if count != files || size.(int64) < 0 {
		t.Errorf("%s: %d files, total %v with %v bytes", id, files, count, size)
	}
}
