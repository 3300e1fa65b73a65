package rir

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestVector25 is test vector 25 of the specification.
func TestVector25(t *testing.T) {
	r := &Record{
		Kind: Inetnum, Start: netip.MustParseAddr("192.0.2.0"), Stop: netip.MustParseAddr("192.0.2.255"),
		Attrs:      []Attr{{"netname", "EX-NET"}, {"country", "FR"}, {"descr", "L1\nL2"}},
		SourceFile: "ripe.db.inetnum.gz", SourceHash: "00", SchemaVersion: SchemaVersion,
	}
	check(t, "inetnum: 192.0.2.0/24\ncountry: FR\ndescr:\n    L1\n    L2\nnetname: EX-NET\n\n", string(AppendFull(nil, r)))
	check(t, "192.0.2.0/24: EX-NET - FR\n", string(AppendShort(nil, r)))
	check(t, `{"netname": "EX-NET", "country": "FR", "descr": "L1\nL2", "start": "192.0.2.0", "stop": "192.0.2.255", "size": 256, `+
		`"source_file": "ripe.db.inetnum.gz", "source_hash": "00", "schema_version": 2}`, string(Append(nil, r)))
}

func TestShort(t *testing.T) {
	v4 := func(first, last string, attrs ...Attr) *Record {
		return &Record{Kind: Inetnum, Start: netip.MustParseAddr(first), Stop: netip.MustParseAddr(last), Attrs: attrs}
	}
	for _, tt := range []struct {
		r    *Record
		want string
	}{
		{v4("192.0.2.0", "192.0.2.127", Attr{"netname", "A\nB"}, Attr{"country", "FR\nDE"}), "192.0.2.0/25: A / B - FR / DE\n"},
		{v4("192.0.2.1", "192.0.2.2", Attr{"country", "FR"}), "192.0.2.1 - 192.0.2.2:  - FR\n"},
		{v4("192.0.2.1", "192.0.2.1", Attr{"netname", "A"}), "192.0.2.1/32: A - \n"},
		{v4("::", "::ffff:ffff:ffff", Attr{"netname", "A"}), "::/80: A - \n"},
		{v4("::1", "::2", Attr{"netname", "A"}), "::1 - ::2: A - \n"},
		{&Record{Kind: AutNum, ASNum: 64496, Attrs: []Attr{{"as-name", "EX"}, {"country", "FR"}, {"netname", "no"}}}, "64496: EX - FR\n"},
		{&Record{Kind: AutNum, ASNum: 64496}, "64496:  - \n"},
		{v4("192.0.2.1", "192.0.2.1", Attr{"netname", "\x1b[31m\x9b\u009b\u202e\ufffd\té"}), `192.0.2.1/32: \x1b[31m\x9b\x9b\u202e` + "\ufffd\té - \n"},
	} {
		check(t, tt.want, string(AppendShort(nil, tt.r)))
	}
}

// TestSize has the sizes around the largest number and the largest range.
func TestSize(t *testing.T) {
	for inet6num, want := range map[string]string{
		"2001:db8::/76": `4503599627370496`,
		"2001:db8:: - 2001:db8::1f:ffff:ffff:fffe": `9007199254740991`,
		"2001:db8::/75": `"9007199254740992"`,
		"2001:db8::/32": `"79228162514264337593543950336"`,
		"2000::/15":     `"10384593717069655257060992658440192"`,
		"::/0":          `"340282366920938463463374607431768211456"`,
	} {
		records, problems := readAll(t, "inet6num: "+inet6num)
		if len(records) != 1 {
			t.Fatal(problems)
		}
		check(t, `{"size": `+want+`}`, string(AppendFields(nil, records[0], func(key string) bool { return key == "size" })))
	}
}

// TestWebVector26 has the records of test vector 26 of the web's specification.
func TestWebVector26(t *testing.T) {
	var got []string
	records, _ := readAll(t, "inetnum: 192.0.0.0/8\nnetname: N0\n\ninetnum: 192.0.2.0/24\nnetname: N1\n\ninet6num: 2001:db8::/32\nnetname: V6\n")
	for _, r := range records {
		got = append(got, string(AppendFields(nil, r, func(key string) bool { return key == "netname" || key == "size" })))
	}
	check(t, []string{`{"netname": "N0", "size": 16777216}`, `{"netname": "N1", "size": 256}`,
		`{"netname": "V6", "size": "79228162514264337593543950336"}`}, got)
}

func TestGet(t *testing.T) {
	r := &Record{Attrs: []Attr{{"country", "FR"}}}
	v, ok := r.Get("country")
	_, missing := r.Get("descr")
	if v != "FR" || !ok || missing {
		t.Errorf("country %q, %v; descr %v", v, ok, missing)
	}
}

// FuzzRead checks that whatever is read makes valid records and forms, the same ones in whatever pieces.
func FuzzRead(f *testing.F) {
	samples, err := filepath.Glob("testdata/*.db*")
	if err != nil || len(samples) == 0 {
		f.Fatal(err)
	}
	for _, name := range samples {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("aut-num: as1\n+\n \nx:y\n\ninetnum: 10/8\nLANGUAGE: x\nlanguage: y\nlang: z")
	f.Fuzz(func(t *testing.T, text string) {
		records, problems := readAll(t, text)
		if strings.Count(text, "\n")+1 < len(records)+len(problems) {
			t.Fatalf("%d records and %d problems of less lines", len(records), len(problems))
		}
		for _, r := range records {
			checkForms(t, r)
		}
	})
}

func checkForms(t *testing.T, r *Record) {
	seen := map[string]bool{}
	for _, a := range r.Attrs {
		if seen[a.Key] || a.Key == "" || !utf8.ValidString(a.Key+a.Value) || strings.ToLower(a.Key) != a.Key {
			t.Fatalf("attribute %q: %q", a.Key, a.Value)
		}
		seen[a.Key] = true
	}
	if _, zero := r.Size().Uint64(); r.Kind != AutNum && (!r.Range().IsValid() || zero && r.Size().String() == "0") {
		t.Fatalf("range %v", r.Range())
	}
	var members map[string]any
	if text := Append(nil, r); json.Unmarshal(text, &members) != nil || len(members) < len(r.Attrs) {
		t.Fatalf("JSON %s", text)
	}
	if short := AppendShort(nil, r); strings.Count(string(short), "\n") != 1 {
		t.Fatalf("short %q", short)
	}
	full := string(AppendFull(nil, r))
	if strings.ContainsFunc(full, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' || c == 0x7f }) || !strings.HasSuffix(full, "\n\n") {
		t.Fatalf("full %q", full)
	}
}
