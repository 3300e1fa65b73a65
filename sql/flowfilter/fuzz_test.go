package flowfilter

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
	"ivre/sql/tree"
)

// anything is a catalog in which every field has values of every class, and elements.
type anything struct{}

func (anything) Field(name string, _ *tree.Params) (tree.Field, bool) {
	f := tree.Field{Present: "x"}
	for class := tree.NumberClass; class <= tree.AddrClass; class++ {
		f.Columns = append(f.Columns, tree.Column{Class: class, SQL: "x"})
	}
	if known, _ := Lookup(name); known.Array {
		f.Array = &tree.Array{Element: anything{}, Lists: []tree.ArrayColumn{{Variable: "x", SQL: "x"}}}
	}
	return f, true
}

var (
	placeholder = regexp.MustCompile(`\{p[0-9]+:(?:Int64|UInt64|Float64|String|IPv6|DateTime64\(6, 'UTC'\))\}`)
	ownSQL      = regexp.MustCompile(`^(?:x|AND|OR|NOT|IN|true|false|match|has|length|arrayExists|arrayAll|arrayCount|->|[ ,()=<>?01])*$`)
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"proto = tcp OR proto = icmp", "!dport <= 80", "addr =~ 192.0.2.0/28", "ALL sports >= 40001", "NONE sports = 40000", "LEN sports >= 2",
		"count = null", "meta.http.status_code > 400", "meta.dns.answers =~ cdn", "firstseen = 2026-01-02 03:00:00.250000", "dport=>80", "dport = 0x50",
		`meta.http.host = "a\"b" || #Flow`, "~ANY times.start<2026-01-02T03:04:05", "sports = [40000, 40001]", "ONE codes != (0,)", "addr = 10.1./16",
		"src.addr = 340282366920938463463374607431768211455", `proto = "tcp`, "dport = -1e999", `proto = r'\x' u"\u00e9"`, "!!dport", "LEN times = True",
		"addr_src : 10.1.2", "proto =~ (?i)[a-c]$", "csbytes > 18446744073709551616", "{p1:String} = 1", "proto = {p1:String}", "proto = x', 1 /*",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		c, err := Parse([]string{filter}, nil)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || err.Error() == "" {
				t.Errorf("%T %v", err, err)
			}
			return
		}
		for _, name := range tree.Names(c) {
			if _, ok := Lookup(name); !ok {
				t.Errorf("condition on %q", name)
			}
		}
		var p tree.Params
		sql, err := tree.Compile(c, anything{}, &p)
		if err != nil {
			t.Fatal(err)
		}
		if rest := placeholder.ReplaceAllString(sql.Text, ""); !ownSQL.MatchString(rest) {
			t.Errorf("%s", sql.Text)
		}
		if a, b := tree.Format(tree.Simplify(c)), tree.Format(tree.Simplify(tree.Simplify(c))); a != b {
			t.Errorf("simplified again, %s becomes %s", a, b)
		}
	})
}

func FuzzReadValue(f *testing.F) {
	for _, s := range []string{"80", "0x_5", "1e5", `"a\x41"`, "[1, (2,), None]", "r'a' 'b'", "1_0.5e-1_0", "-0b11", `"\N{x}"`, "True"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := readValue(s)
		if treeValue(v) == nil {
			t.Errorf("%T", v)
		}
	})
}

// TestFields compares the list with the one of the specification; countries and systems are an addition to it.
func TestFields(t *testing.T) {
	var general, meta []string
	for _, f := range Fields() {
		if f.Text == "" || f.Kind == 0 {
			t.Errorf("%s is not described", f.Name)
		}
		if f.Meta == "" {
			general = append(general, f.Name)
		} else {
			meta = append(meta, f.Name)
		}
	}
	want := strings.Fields("src.addr dst.addr src.country dst.country src.as dst.as proto dport sports type codes count csbytes scbytes cspkts scpkts firstseen lastseen times times.duration times.start")
	if diff := cmp.Diff(want, general); diff != "" {
		t.Error(diff)
	}
	want = nil
	for _, p := range flow.Metadata {
		want = append(want, "meta."+p.Name)
		for _, k := range p.Keys {
			want = append(want, "meta."+p.Name+"."+k.Name)
		}
		for _, k := range p.Counters {
			want = append(want, "meta."+p.Name+"."+k.Name)
		}
	}
	if diff := cmp.Diff(want, meta); diff != "" {
		t.Error(diff)
	}
	// names become part of SQL
	for _, f := range Fields() {
		if !regexp.MustCompile(`^[a-z0-9_.]+$`).MatchString(f.Name) {
			t.Errorf("%q", f.Name)
		}
	}
}
