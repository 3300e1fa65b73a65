package tree_test

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/store"
	"ivre/sql/store/storetest"
	"ivre/sql/tree"
)

// hosts is a catalog like that of scan results: a row per host, ports with scripts in it, and names in a
// table of their own.
var hosts = tree.Fields{
	"addr":  {Columns: []tree.Column{{Class: tree.AddrClass, SQL: "addr"}}},
	"seen":  {Columns: []tree.Column{{Class: tree.TimeClass, SQL: "seen"}}, Needs: []string{"seen"}},
	"score": {Present: "score >= 0", Null: "score = -2", Columns: []tree.Column{{Class: tree.NumberClass, SQL: "score"}}, Needs: []string{"score"}},
	"note": {Columns: []tree.Column{
		{Class: tree.TextClass, SQL: "note", When: "kind = 1"},
		{Class: tree.NumberClass, SQL: "toInt64OrZero(note)", When: "kind = 2"},
		{Class: tree.BoolClass, SQL: "(note = 'true')", When: "kind = 3"},
	}},
	"ports": {
		Present: "notEmpty(ports)",
		Array: &tree.Array{
			Lists: []tree.ArrayColumn{
				{Variable: "port", SQL: "ports"}, {Variable: "service", SQL: "services"}, {Variable: "scripts", SQL: "port_scripts"}, {Variable: "outputs", SQL: "port_outputs"},
			},
			Element: tree.Fields{
				"port":    {Columns: []tree.Column{{Class: tree.NumberClass, SQL: "port"}}, Needs: []string{"port"}},
				"service": {Present: "service != ''", Columns: []tree.Column{{Class: tree.TextClass, SQL: "service"}}, Needs: []string{"service"}},
				"scripts": {
					Present: "notEmpty(scripts)", Needs: []string{"scripts"},
					Array: &tree.Array{
						Lists: []tree.ArrayColumn{
							{Variable: "script", SQL: "scripts", Needs: []string{"scripts"}}, {Variable: "output", SQL: "outputs", Needs: []string{"outputs"}},
						},
						Element: tree.Fields{
							"id":     {Columns: []tree.Column{{Class: tree.TextClass, SQL: "script"}}, Needs: []string{"script"}},
							"output": {Columns: []tree.Column{{Class: tree.TextClass, SQL: "output"}}, Needs: []string{"output"}},
						},
					},
				},
			},
		},
	},
	"tags": {Array: &tree.Array{
		Lists:   []tree.ArrayColumn{{Variable: "tag", SQL: "tags"}},
		Element: tree.Fields{"": {Columns: []tree.Column{{Class: tree.TextClass, SQL: "tag"}}, Needs: []string{"tag"}}},
	}},
	"names": {Array: &tree.Array{
		Rows:    &tree.Rows{Key: "addr", Table: "names", Where: "valid = 1", Identity: "name"},
		Element: tree.Fields{"": {Columns: []tree.Column{{Class: tree.TextClass, SQL: "name"}}}},
	}},
	"hits": {Array: &tree.Array{
		Rows:    &tree.Rows{Key: "addr", Table: "names", Where: "valid = 1", Identity: "name", Grouped: true},
		Element: tree.Fields{"": {Columns: []tree.Column{{Class: tree.NumberClass, SQL: "sum(hits)"}}}},
	}},
}

func eq(field string, v tree.Value) tree.Test { return tree.Test{Field: field, Op: tree.Eq, Value: v} }

func some(field string, c ...tree.Cond) tree.Elements {
	return tree.Elements{Field: field, Quantifier: tree.Any, Cond: tree.And(c)}
}

func pattern(t testing.TB, s string) *tree.Pattern {
	t.Helper()
	p, err := tree.ParsePattern(s, tree.Flags{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCompile(t *testing.T) {
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	names := "(addr) IN (SELECT addr FROM names WHERE "
	for _, c := range []struct {
		cond  tree.Cond
		want  string
		needs string
	}{
		{nil, "true", ""},
		{tree.And{}, "true", ""},
		{tree.Or{}, "false", ""},
		{tree.Not{Cond: tree.Const(true)}, "false", ""},
		{tree.And{tree.Exists{Field: "addr"}, tree.Or{tree.Const(false)}}, "false", ""},
		{eq("addr", tree.Addr(a)), "addr = {p1:IPv6='::ffff:192.0.2.1'}", ""},
		{tree.Test{Field: "addr", Op: tree.In, Value: tree.Range{From: a, To: b}}, "(addr >= {p1:IPv6='::ffff:192.0.2.1'} AND addr <= {p2:IPv6='2001:db8::1'})", ""},
		{eq("addr", tree.Text("192.0.2.1")), "false", ""},
		{tree.Not{Cond: eq("addr", tree.Int(1))}, "true", ""},
		{eq("score", tree.Int(5)), "((score >= 0) AND score = {p1:Int64='5'})", "score"},
		{tree.Not{Cond: eq("score", tree.Int(5))}, "(NOT ((score >= 0) AND score = {p1:Int64='5'}))", "score"},
		{tree.Test{Field: "score", Op: tree.Lt, Value: tree.Float(1.5)}, "((score >= 0) AND score < {p1:Float64='1.5'})", "score"},
		{tree.Test{Field: "score", Op: tree.Ge, Value: tree.Uint(math.MaxUint64)}, "((score >= 0) AND score >= {p1:UInt64='18446744073709551615'})", "score"},
		{tree.Test{Field: "score", Op: tree.Ge, Value: tree.Float(math.Inf(-1))}, "((score >= 0) AND score >= {p1:Float64='-inf'})", "score"},
		{eq("score", tree.Null{}), "((NOT (score >= 0)) OR (score = -2))", "score"},
		{tree.Test{Field: "score", Op: tree.Lt, Value: tree.Null{}}, "false", ""},
		{eq("addr", tree.Null{}), "false", ""},
		{tree.Exists{Field: "score"}, "(score >= 0)", "score"},
		{tree.Exists{Field: "addr"}, "true", ""},
		{eq("note", tree.Text("it's {p1:String}")), "((kind = 1) AND note = {p1:String='it's {p1:String}'})", ""},
		{eq("note", tree.Int(1)), "((kind = 2) AND toInt64OrZero(note) = {p1:Int64='1'})", ""},
		{eq("note", tree.Bool(true)), "((kind = 3) AND (note = 'true') = 1)", ""},
		{tree.Test{Field: "note", Op: tree.Match, Value: pattern(t, "^x")}, "((kind = 1) AND match(note, {p1:String='^x'}))", ""},
		{tree.Test{Field: "addr", Op: tree.Match, Value: pattern(t, "^x")}, "false", ""},
		{eq("seen", tree.Time(time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC))), "seen = {p1:DateTime64(6, 'UTC')='2026-01-02 03:04:05.678000'}", "seen"},
		{eq("seen", tree.Time(time.Time{})), "seen = {p1:DateTime64(6, 'UTC')='1900-01-01 00:00:00.000000'}", "seen"},
		// lists of alternatives
		{tree.Or{eq("addr", tree.Addr(a)), eq("score", tree.Int(1)), eq("addr", tree.Addr(b))},
			"(addr IN ({p1:IPv6='::ffff:192.0.2.1'}, {p2:IPv6='2001:db8::1'}) OR ((score >= 0) AND score = {p3:Int64='1'}))", "score"},
		{tree.Test{Field: "note", Op: tree.In, Value: tree.List{tree.Int(1), tree.Text("a"), tree.Int(1), tree.Null{}, tree.List{}}},
			"(((kind = 1) AND note IN ({p1:String='a'})) OR ((kind = 2) AND toInt64OrZero(note) IN ({p2:Int64='1'})))", ""},
		{tree.Test{Field: "addr", Op: tree.In, Value: tree.List{}}, "false", ""},
		// arrays
		{eq("tags", tree.Text("x")), "has(tags, {p1:String='x'})", ""},
		{tree.Or{eq("tags", tree.Text("x")), eq("tags", tree.Text("y"))}, "arrayExists(tag -> tag IN ({p1:String='x'}, {p2:String='y'}), tags)", ""},
		{tree.Elements{Field: "tags", Quantifier: tree.All, Cond: tree.Not{Cond: eq("", tree.Text("x"))}}, "arrayAll(tag -> NOT tag = {p1:String='x'}, tags)", ""},
		{tree.Elements{Field: "tags", Quantifier: tree.One, Cond: eq("", tree.Text("x"))}, "arrayCount(tag -> tag = {p1:String='x'}, tags) = 1", ""},
		{tree.Elements{Field: "tags", Quantifier: tree.None, Cond: eq("", tree.Text("x"))}, "(NOT has(tags, {p1:String='x'}))", ""},
		{tree.Not{Cond: tree.Elements{Field: "tags", Quantifier: tree.None, Cond: eq("", tree.Text("x"))}}, "has(tags, {p1:String='x'})", ""},
		{eq("tags", tree.List{tree.Text("x"), tree.Text("y")}), "(length(tags) = {p1:Int64='2'} AND arrayAll(tag -> tag IN ({p2:String='x'}, {p3:String='y'}), tags))", ""},
		{eq("tags", tree.List{tree.Text("x"), tree.Text("x")}), "false", ""},
		{eq("score", tree.List{tree.Int(1)}), "false", ""},
		{tree.Length{Field: "tags", Op: tree.Ge, N: 2}, "length(tags) >= {p1:Int64='2'}", ""},
		{some("ports", eq("port", tree.Int(80)), eq("service", tree.Text("http"))),
			"((notEmpty(ports)) AND arrayExists((port, service) -> port = {p1:Int64='80'} AND ((service != '') AND service = {p2:String='http'}), ports, services))", ""},
		{some("ports"), "((notEmpty(ports)) AND arrayExists(port -> true, ports))", ""},
		{some("ports", some("scripts", eq("id", tree.Text("a")), eq("output", tree.Text("b"))), eq("port", tree.Int(1))),
			"((notEmpty(ports)) AND arrayExists((port, scripts, outputs) -> ((notEmpty(scripts)) AND arrayExists((script, output) -> script = {p1:String='a'} AND " +
				"output = {p2:String='b'}, scripts, outputs)) AND port = {p3:Int64='1'}, ports, port_scripts, port_outputs))", ""},
		// elements in another table
		{eq("names", tree.Text("x")), names + "(valid = 1) AND name = {p1:String='x'})", ""},
		{tree.Or{eq("names", tree.Text("x")), tree.Test{Field: "names", Op: tree.In, Value: tree.List{tree.Text("y")}}}, names + "(valid = 1) AND name IN ({p1:String='x'}, {p2:String='y'}))", ""},
		{tree.Exists{Field: "names"}, names + "valid = 1)", ""},
		{eq("names", tree.Null{}), "(NOT " + names + "valid = 1))", ""},
		{eq("names", tree.Int(1)), "false", ""},
		{tree.Elements{Field: "names", Quantifier: tree.All, Cond: eq("", tree.Text("x"))}, "(" + names + "valid = 1) AND (NOT " + names + "(valid = 1) AND (NOT name = {p1:String='x'}))))", ""},
		{tree.Elements{Field: "names", Quantifier: tree.One, Cond: eq("", tree.Text("x"))}, names + "(valid = 1) AND name = {p1:String='x'} GROUP BY addr HAVING uniqExact(name) = 1)", ""},
		{tree.Elements{Field: "names", Quantifier: tree.All, Cond: eq("", tree.Int(1))}, "(" + names + "valid = 1) AND (NOT " + names + "valid = 1)))", ""},
		{tree.Elements{Field: "names", Quantifier: tree.All, Cond: tree.Const(true)}, names + "valid = 1)", ""},
		{tree.Length{Field: "names", Op: tree.Lt, N: 3}, names + "valid = 1 GROUP BY addr HAVING uniqExact(name) < {p1:Int64='3'})", ""},
		{tree.Test{Field: "hits", Op: tree.Gt, Value: tree.Int(3)}, names + "valid = 1 GROUP BY addr HAVING sum(hits) > {p1:Int64='3'})", ""},
		{tree.Exists{Field: "hits"}, names + "valid = 1)", ""},
	} {
		var p tree.Params
		got, err := tree.Compile(c.cond, hosts, &p)
		if err != nil {
			t.Errorf("%s: %v", tree.Format(c.cond), err)
			continue
		}
		if shown := withValues(got.Text, p.Values()); shown != c.want {
			t.Errorf("%s:\n got %s\nwant %s", tree.Format(c.cond), shown, c.want)
		}
		if isLookup := strings.HasPrefix(c.want, names); isLookup != (got.Lookup != "") || isLookup && got.Text != "(addr) IN ("+got.Lookup+")" {
			t.Errorf("%s: look-up %s", tree.Format(c.cond), got.Lookup)
		}
		if needs := strings.Join(got.Needs, " "); needs != c.needs {
			t.Errorf("%s: needs %q, want %q", tree.Format(c.cond), needs, c.needs)
		}
	}
}

// withValues shows the values of placeholders.
func withValues(sql string, values map[string]string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(sql, '{')
		if i < 0 {
			return b.String() + sql
		}
		end := i + strings.IndexByte(sql[i:], '}')
		name, _, _ := strings.Cut(sql[i+1:end], ":")
		b.WriteString(sql[:end] + "='" + values[name] + "'}")
		sql = sql[end+1:]
	}
}

func TestCompileErrors(t *testing.T) {
	deep := tree.Cond(eq("addr", tree.Null{}))
	for range 200 {
		deep = tree.Not{Cond: tree.And{deep}}
	}
	for _, c := range []struct {
		cond tree.Cond
		want string
	}{
		{eq("nope", tree.Int(1)), `there is no field "nope"`},
		{tree.Exists{Field: "nope"}, `there is no field "nope"`},
		{tree.Not{Cond: tree.And{eq("addr", tree.Int(1)), eq("nope", tree.Int(1))}}, `there is no field "nope"`},
		{some("nope"), `there is no field "nope"`},
		{some("addr"), `field "addr" is not an array`},
		{tree.Length{Field: "addr", Op: tree.Eq}, `field "addr" is not an array`},
		{tree.Length{Field: "nope", Op: tree.Eq}, `there is no field "nope"`},
		{tree.Length{Field: "tags", Op: tree.Match}, "operator =~ on a length"},
		{tree.Test{Field: "note", Op: tree.Match, Value: tree.Text("x")}, "operator =~ with a value"},
		{tree.Test{Field: "note", Op: tree.Lt, Value: pattern(t, "x")}, "operator < with a value"},
		{tree.Test{Field: "addr", Op: tree.Lt, Value: tree.Range{}}, "operator < with a value"},
		{tree.Elements{Field: "tags", Cond: tree.Const(true)}, "without a quantifier"},
		{deep, "nests more than"},
	} {
		_, err := tree.Compile(c.cond, hosts, new(tree.Params))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.100s: %v, want %s", tree.Format(c.cond), err, c.want)
		}
	}
	_, err := tree.Compile(eq("nope", tree.Int(1)), hosts, new(tree.Params))
	var field *tree.FieldError
	if !errors.As(err, &field) || field.Field != "nope" {
		t.Errorf("%v", err)
	}
}

// TestManyAlternatives checks that long lists stay short in SQL and cost no quadratic time.
func TestManyAlternatives(t *testing.T) {
	var list tree.Or
	for i := range 20000 {
		list = append(list, eq("names", tree.Text("name"+strconv.Itoa(i))), eq("tags", tree.Text("tag")))
	}
	start := time.Now()
	got, err := tree.Compile(list, hosts, new(tree.Params))
	if err != nil || strings.Count(got.Text, "SELECT") != 1 || strings.Count(got.Text, "tag") > 4 {
		t.Errorf("%.300s, %v", got.Text, err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

// TestCompiledOnServer runs conditions over hosts with nested arrays: what is inside of one Elements has
// to hold for the same element.
func TestCompiledOnServer(t *testing.T) {
	db := storetest.New(t)
	for _, sql := range []string{
		`CREATE TABLE hosts (addr IPv6, seen DateTime, score Int32, note String, kind UInt8, ports Array(UInt16), services Array(String),
			port_scripts Array(Array(String)), port_outputs Array(Array(String)), tags Array(String)) ENGINE = MergeTree ORDER BY addr`,
		`CREATE TABLE names (addr IPv6, name String, hits UInt8, valid UInt8) ENGINE = MergeTree ORDER BY addr`,
		`INSERT INTO hosts VALUES
			('::1', '2026-01-02 03:04:05', 5, 'text', 1, [22, 80], ['ssh', 'http'], [['hostkey'], ['title', 'cert']], [['k1'], ['t1', 'c1']], ['CDN', 'Honeypot']),
			('::2', '2026-01-03 00:00:00', -1, '7', 2, [443], [''], [[]], [[]], ['CDN']),
			('::3', '2026-01-04 00:00:00', -2, 'true', 3, [], [], [], [], [])`,
		`INSERT INTO names VALUES ('::1', 'a', 2, 1), ('::1', 'b', 3, 1), ('::1', 'b', 3, 1), ('::2', 'a', 1, 1), ('::3', 'a', 1, 0)`,
	} {
		if err := db.Exec(context.Background(), store.Statement{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	script := func(id, output string) tree.Cond {
		return some("ports", some("scripts", eq("id", tree.Text(id)), eq("output", tree.Text(output))))
	}
	for _, c := range []struct {
		cond tree.Cond
		want string
	}{
		{nil, "123"},
		{some("ports", eq("port", tree.Int(80)), eq("service", tree.Text("http"))), "1"},
		{some("ports", eq("port", tree.Int(22)), eq("service", tree.Text("http"))), ""},
		{tree.Not{Cond: some("ports", eq("port", tree.Int(22)))}, "23"},
		{some("ports", tree.Not{Cond: eq("service", tree.Text("ssh"))}), "12"},
		{tree.Elements{Field: "ports", Quantifier: tree.All, Cond: tree.Exists{Field: "service"}}, "1"},
		{tree.Elements{Field: "ports", Quantifier: tree.One, Cond: tree.Test{Field: "port", Op: tree.Lt, Value: tree.Int(500)}}, "2"},
		{tree.Elements{Field: "ports", Quantifier: tree.None, Cond: tree.Test{Field: "port", Op: tree.Lt, Value: tree.Int(100)}}, "23"},
		{script("title", "t1"), "1"},
		{script("title", "c1"), ""},
		{tree.Not{Cond: script("title", "t1")}, "23"},
		{some("ports", eq("port", tree.Int(22)), some("scripts", eq("id", tree.Text("cert")))), ""},
		{some("ports", tree.Length{Field: "scripts", Op: tree.Eq, N: 2}), "1"},
		{eq("tags", tree.Text("Honeypot")), "1"},
		{tree.Elements{Field: "tags", Quantifier: tree.All, Cond: eq("", tree.Text("CDN"))}, "23"},
		{tree.Length{Field: "tags", Op: tree.Le, N: 1}, "23"},
		{eq("tags", tree.List{tree.Text("Honeypot"), tree.Text("CDN")}), "1"},
		{eq("tags", tree.List{}), "3"},
		{eq("names", tree.List{tree.Text("a")}), "2"},
		{tree.Not{Cond: eq("names", tree.List{tree.Text("a"), tree.Int(1)})}, "123"},
		{eq("score", tree.Null{}), "23"},
		{tree.Not{Cond: tree.Test{Field: "score", Op: tree.Gt, Value: tree.Int(100)}}, "123"},
		{eq("note", tree.Int(7)), "2"}, {eq("note", tree.Text("7")), ""}, {eq("note", tree.Bool(true)), "3"}, {eq("note", tree.Float(7)), "2"},
		{tree.Test{Field: "note", Op: tree.Lt, Value: tree.Bool(true)}, ""},
		{tree.Test{Field: "note", Op: tree.In, Value: tree.List{tree.Text("text"), tree.Int(7), tree.Uint(math.MaxUint64), tree.Float(7.5), tree.Bool(true)}}, "123"},
		{tree.Test{Field: "note", Op: tree.In, Value: tree.List{tree.Float(7), pattern(t, "^te")}}, "12"},
		{tree.Test{Field: "seen", Op: tree.Lt, Value: tree.Time(time.Date(2026, 1, 2, 3, 4, 5, 1000, time.UTC))}, "1"},
		{tree.Test{Field: "seen", Op: tree.Lt, Value: tree.Time(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))}, "123"},
		{eq("names", tree.Text("b")), "1"},
		{tree.Not{Cond: eq("names", tree.Text("b"))}, "23"},
		{tree.Exists{Field: "names"}, "12"},
		{eq("names", tree.Null{}), "3"},
		{tree.Elements{Field: "names", Quantifier: tree.All, Cond: eq("", tree.Text("a"))}, "2"},
		{tree.Elements{Field: "names", Quantifier: tree.All, Cond: tree.Const(true)}, "12"},
		{tree.Elements{Field: "names", Quantifier: tree.One, Cond: eq("", tree.Text("b"))}, "1"},
		{tree.Elements{Field: "names", Quantifier: tree.One, Cond: tree.Const(true)}, "2"},
		{tree.Elements{Field: "names", Quantifier: tree.None, Cond: eq("", tree.Text("b"))}, "23"},
		{tree.Length{Field: "names", Op: tree.Eq, N: 2}, "1"},
		{tree.Not{Cond: tree.Length{Field: "names", Op: tree.Eq, N: 2}}, "23"},
		{tree.Test{Field: "hits", Op: tree.Eq, Value: tree.Int(8)}, "1"},
		{tree.Not{Cond: tree.Test{Field: "hits", Op: tree.Eq, Value: tree.Int(8)}}, "23"},
		{tree.Length{Field: "hits", Op: tree.Eq, N: 1}, "12"},
		{tree.Test{Field: "addr", Op: tree.In, Value: tree.Range{From: netip.MustParseAddr("::2"), To: netip.MustParseAddr("::3")}}, "23"},
		{tree.Test{Field: "addr", Op: tree.In, Value: tree.Range{From: netip.MustParseAddr("::3"), To: netip.MustParseAddr("::2")}}, ""},
		{tree.Test{Field: "addr", Op: tree.In, Value: tree.List{tree.Addr(netip.MustParseAddr("::2")), tree.Range{}}}, "2"},
	} {
		var p tree.Params
		sql, err := tree.Compile(c.cond, hosts, &p)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		st := store.Statement{SQL: "SELECT arrayStringConcat(arraySort(groupArray(substring(toString(addr), 3)))) FROM hosts WHERE " + sql.Text, Params: p.Values()}
		if err := db.QueryRow(context.Background(), st).Scan(&got); err != nil {
			t.Errorf("%s: %v", tree.Format(c.cond), err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", tree.Format(c.cond), diff)
		}
	}
}

func TestSimplifyKeepsMeaning(t *testing.T) {
	for _, c := range []struct {
		cond tree.Cond
		want string
	}{
		{tree.Not{Cond: tree.Not{Cond: eq("a", tree.Int(1))}}, "a = 1"},
		{tree.Or{tree.And{}, eq("a", tree.Int(1))}, "true"},
		{tree.And{tree.Or{}, eq("a", tree.Int(1))}, "false"},
		{tree.And{tree.And{eq("a", tree.Int(1)), eq("b", tree.Int(1))}, tree.And{eq("c", tree.Int(1))}}, "and(a = 1, b = 1, c = 1)"},
		{tree.Or{eq("a", tree.Int(1)), tree.Or{eq("a", tree.Int(2)), eq("b", tree.Int(3))}}, "or(a in [1, 2], b = 3)"},
		{tree.Or{some("a", eq("x", tree.Int(1))), some("a", eq("x", tree.Int(2))), some("a", eq("y", tree.Int(2)))}, "any(a: or(x in [1, 2], y = 2))"},
		{tree.And{some("a", eq("x", tree.Int(1))), some("a", eq("x", tree.Int(2)))}, "and(any(a: x = 1), any(a: x = 2))"},
		{tree.Or{eq("a", tree.Int(1)), tree.Test{Field: "a", Op: tree.Lt, Value: tree.Int(0)}}, "or(a = 1, a < 0)"},
	} {
		if got := tree.Format(tree.Simplify(c.cond)); got != c.want {
			t.Errorf("%s: %s, want %s", tree.Format(c.cond), got, c.want)
		}
	}
}

func TestNamesAndConjuncts(t *testing.T) {
	c := tree.And{eq("a", tree.Int(1)), tree.And{tree.Or{eq("b", tree.Int(1)), tree.Not{Cond: some("c", eq("x", tree.Int(1)))}}, tree.Const(true)}, tree.Length{Field: "a", Op: tree.Eq}, tree.Exists{Field: "d"}}
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, tree.Names(c)); diff != "" {
		t.Error(diff)
	}
	if got := tree.Conjuncts(c); len(got) != 4 {
		t.Errorf("%d conjuncts", len(got))
	}
	if got := tree.Conjuncts(tree.Const(false)); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
