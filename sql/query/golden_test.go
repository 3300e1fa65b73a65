package query

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"ivre/sql/tree"
)

var update = flag.Bool("update", false, "write the results into the tables of testdata")

// row is a line of a table: databases (by their first letters), what is asked, and the condition that it means.
type row struct{ dbs, in, want string }

func readRows(t testing.TB, name string) []row {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			out = append(out, row{in: line})
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) < 2 {
			t.Fatalf("%s: %q", name, line)
		}
		out = append(out, row{cells[0], cells[1], strings.Join(cells[2:], "\t")})
	}
	return out
}

// checkRows compares the table with what an input means for each of its databases.
func checkRows(t *testing.T, name string, meaning func(db Database, in string) string) []row {
	t.Helper()
	rows := readRows(t, name)
	var out strings.Builder
	var used []row
	for _, r := range rows {
		if r.dbs == "" {
			fmt.Fprintln(&out, r.in)
			continue
		}
		used = append(used, r)
		got := ""
		for i, db := range letters2dbs(r.dbs) {
			m := meaning(db, r.in)
			if i > 0 && m != got {
				t.Errorf("%s: %s: %s for %s, but %s for another", name, r.in, m, db, got)
			}
			got = m
		}
		if got != r.want && !*update {
			t.Errorf("%s: %s %s:\n  got  %s\n  want %s", name, r.dbs, r.in, got, r.want)
		}
		fmt.Fprintf(&out, "%s\t%s\t%s\n", r.dbs, r.in, got)
	}
	if *update {
		if err := os.WriteFile("testdata/"+name, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return used
}

func letters2dbs(s string) []Database {
	var out []Database
	for i, l := range "SVPR" {
		if strings.ContainsRune(s, l) {
			out = append(out, Database(i))
		}
	}
	return out
}

func formatted(c tree.Cond, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return tree.Format(c)
}

// covered collects which names have a row for which database.
type covered map[Database]map[string]bool

func (c covered) add(db Database, name string) {
	if c[db] == nil {
		c[db] = map[string]bool{}
	}
	c[db][name] = true
}

func (c covered) check(t *testing.T, db Database, name string) {
	t.Helper()
	if !c[db][name] {
		t.Errorf("no row for %s on %s", name, db)
	}
}

func TestTokens(t *testing.T) {
	has := covered{}
	notepad := func() ([]netip.Addr, bool) { return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, true }
	rows := checkRows(t, "words.txt", func(db Database, in string) string {
		opt := options(db)
		opt.NotepadPages = notepad
		q, err := Parse(in, opt)
		if err == nil && q.Unused != nil {
			return "unused: " + strings.Join(q.Unused, " ")
		}
		return formatted(q.Filter, err)
	})
	for _, r := range rows {
		words, err := Words(r.in)
		if err != nil || strings.HasPrefix(r.want, "unused") || strings.HasPrefix(r.want, "error") {
			continue
		}
		for _, w := range words {
			name := w.Param
			if family, _, ok := strings.Cut(name, "."); ok && (family == "smb" || family == "ntlm") {
				name = family + ".*"
			}
			for _, db := range letters2dbs(r.dbs) {
				has.add(db, Word{Neg: w.Neg, Param: name}.String())
			}
		}
	}
	for _, tok := range tokens {
		for name := range strings.FieldsSeq(tok.names) {
			for db := range databases {
				if tok.dbs.has(db) {
					if name != "ipv6" || db != RIR { // only the negation
						has.check(t, db, name)
					}
				}
				if tok.not.has(db) && !(db == RIR && (name == "host" || name == "net" || name == "range" || name == "ipv4")) {
					has.check(t, db, "-"+name)
				}
			}
		}
	}
}

func TestFunctions(t *testing.T) {
	has, args := covered{}, map[string]bool{}
	rows := checkRows(t, "functions.txt", func(db Database, in string) string {
		return formatted(ParseJSON([]byte(in), options(db)))
	})
	for _, r := range rows {
		var call struct {
			F string
			A []any
			K map[string]any
		}
		if err := json.Unmarshal([]byte(r.in), &call); err != nil {
			t.Errorf("%s: %v", r.in, err)
		}
		if strings.HasPrefix(r.want, "error") {
			continue
		}
		for _, db := range letters2dbs(r.dbs) {
			has.add(db, call.F)
			fn := functionIndex[db][call.F]
			if fn == nil {
				t.Errorf("%s: %s is unknown for %s", r.in, call.F, db)
				continue
			}
			for i := range call.A {
				args[fn.names+" "+fn.params[i].names[0]] = true
			}
			for k := range call.K {
				args[fn.names+" "+fn.byName[k]] = true
			}
		}
	}
	for db := range databases {
		for name, fn := range functionIndex[db] {
			has.check(t, db, name)
			for _, p := range fn.params {
				if !args[fn.names+" "+p.names[0]] {
					t.Errorf("no row with the argument %s of %s", p.names[0], fn.names)
				}
			}
		}
	}
}

func TestFlags(t *testing.T) {
	has := covered{}
	rows := checkRows(t, "flags.txt", func(db Database, in string) string {
		values := strings.Split(in, " ")
		for i, v := range values {
			if v == `""` {
				values[i] = ""
			}
		}
		return formatted(FlagCond(db, strings.TrimPrefix(values[0], "--"), values[1:], options(db)))
	})
	for _, r := range rows {
		name, _, _ := strings.Cut(r.in, " ")
		if !strings.HasPrefix(r.want, "error") {
			for _, db := range letters2dbs(r.dbs) {
				has.add(db, strings.TrimPrefix(name, "--"))
			}
		}
	}
	for db := range databases {
		seen := map[string]bool{}
		for _, f := range Flags(db) {
			for _, name := range append([]string{f.Name}, f.Aliases...) {
				has.check(t, db, name)
				if seen[name] {
					t.Errorf("%s: --%s is there twice", db, name)
				}
				seen[name] = true
			}
			if f.Help == "" || (f.Args == None) != (f.Placeholder == "") || len(f.DBs) == 0 {
				t.Errorf("%+v", f)
			}
		}
	}
	if len(Flags(RIR)) != 0 {
		t.Error("flags for registries")
	}
}
