package flows_test

import (
	"context"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
	"ivre/sql/flowfilter"
	"ivre/sql/flows"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

// vocabulary is all that statements may consist of, beside placeholders, names from the schema and from
// the list of metadata.
var vocabulary = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`SELECT DISTINCT FROM FINAL PREWHERE WHERE GROUP BY HAVING ORDER DESC LIMIT OFFSET UNION ALL AS AND OR NOT IN
		INNER LEFT JOIN USING SETTINGS optimize_aggregation_in_order join_use_nulls true false UTC tcp udp icmp icmp6
		src dst proto dport type firstseen lastseen count cspkts csbytes scpkts scbytes sports codes slots sport code slot flows flow_metadata
		name key kind text number n seen position place value v all known more total collected clients servers time duration outgoing
		if has min max sum uniqExact groupArray groupUniqArray groupUniqArrayArray arrayExists arrayAll arrayCount arrayJoin arrayMap arraySort arrayDistinct
		notEmpty length match tuple toString toInt32 toUInt32 toUInt64 toDateTime bitAnd bitShiftRight`) {
		m[w] = true
	}
	for _, p := range flow.Metadata {
		m[p.Name] = true
		for _, f := range append(p.Keys[:len(p.Keys):len(p.Keys)], p.Counters...) {
			m[f.Name] = true
		}
	}
	return m
}()

var (
	placeholders = regexp.MustCompile(`\{p[0-9]+:(?:Int64|UInt64|UInt16|UInt8|Float64|String|IPv6|DateTime64\(6, 'UTC'\))\}`)
	sqlWords     = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
	ownNames     = regexp.MustCompile(`^(?:value[0-9]+|meta[0-9]+_(?:kind|text|number|n|all))$`)
	sqlRest      = regexp.MustCompile(`^[-+*%/=<>!()\[\]',.0-9 ]*$`)
)

// checkSQL makes every statement of the context prove that nothing of a user's is in its text.
func checkSQL(t testing.TB) context.Context {
	return store.WithTrace(ctx, func(st store.Statement) {
		sql := placeholders.ReplaceAllString(st.SQL, "")
		for _, w := range sqlWords.FindAllString(sql, -1) {
			if !vocabulary[w] && !ownNames.MatchString(w) {
				t.Errorf("%q in %s", w, st.SQL)
			}
		}
		if rest := strings.ReplaceAll(sqlWords.ReplaceAllString(sql, ""), "->", ""); !sqlRest.MatchString(rest) {
			t.Errorf("%q in %s", rest, st.SQL)
		}
	})
}

// TestStatementsHoldNoUserText looks at the statements for random requests.
func TestStatementsHoldNoUserText(t *testing.T) {
	r := chooser{rand.New(rand.NewPCG(*seed, 9))}
	c := clientD(t)
	traced := checkSQL(t)
	for range 60 {
		var texts []string
		for _, f := range r.filters() {
			texts = append(texts, f.text())
		}
		req := flows.Request{Cond: edges(t, texts...), OrderBy: pick(r, "", "dst", "flow"), Limit: r.IntN(3)}
		r.bounds(&req)
		_, err := c.Graph(traced, req, pick(r, "", flows.FlowMap))
		fatal(t, err)
		_, err = c.Count(traced, req)
		fatal(t, err)
		for _, err := range c.Top(traced, req, flows.TopRequest{Fields: []string{pick(r, someTops...)}, Collect: []string{pick(r, someTops...)}}) {
			fatal(t, err)
		}
		req.Precision = 3600
		_, err = c.Daily(traced, req)
		fatal(t, err)
	}
	_, err := c.Host(traced, "192.0.2.10")
	fatal(t, err)
	_, err = c.Flow(traced, tcpID)
	fatal(t, err)
	_, err = c.Precisions(traced)
	fatal(t, err)
}

// TestAwkwardValues stores values that look like SQL, placeholders and escapes, and finds each one again.
func TestAwkwardValues(t *testing.T) {
	values := append([]string{
		`'`, `''`, `\`, `\\`, `\'`, `"`, "`", "\t", "\n", "\r\n", "\x00", "a\x00b", "{", "}", `\x41`, "NULL", "$1", "%s", "?", "@x",
		"\xff", "\xc3", "\xed\xa0\x80", "\u2028", "é", "日本", "' OR '1'='1", "; DROP TABLE flows", "/*", "-- ", " lead", "trail ", "OR", "||", "#x",
	}, someTexts...)
	db := storetest.New(t)
	data := &records{}
	for i, v := range values {
		m := flow.Meta{Start: seconds(1767322800), End: seconds(1767322800), Src: addr("192.0.2.1"), Dst: addr("192.0.2.2"), Proto: "tcp", Dport: uint16(i + 1), Name: "http"}
		m.AddString("host", v)
		data.metas = append(data.metas, m)
		data.events = append(data.events, flow.Event{Start: m.Start, End: m.End, Src: m.Src, Dst: m.Dst, Proto: "x" + v, Count: 1})
	}
	data.store(t, db, 1000)
	c := flows.New(db)
	found := func(filter string) (out []flows.Key) {
		cond, err := flowfilter.Parse(nil, []string{filter})
		fatal(t, err)
		fatal(t, c.Each(ctx, flows.Request{Cond: cond}, func(f *flows.Flow) error {
			out = append(out, f.Key)
			return nil
		}))
		return out
	}
	for i, v := range values {
		if got := found("meta.http.host = " + quote(v)); len(got) != 1 || got[0].Dport != uint16(i+1) {
			t.Errorf("host %q: %v", v, got)
		}
		got := found("proto = " + quote("x"+v) + " OR proto = nope")
		if len(got) != 1 || got[0].Proto != "x"+v {
			t.Errorf("proto %q: %v", v, got)
			continue
		}
		if d, err := c.Flow(ctx, got[0].ID()); err != nil || d.Flow.Proto != "x"+v {
			t.Errorf("flow %q: %v, %v", got[0].ID(), d, err)
		}
	}
	tops := map[string]uint64{}
	want := map[string]uint64{}
	for e, err := range c.Top(ctx, flows.Request{}, flows.TopRequest{Fields: []string{"meta.http.host"}}) {
		fatal(t, err)
		tops[e.Fields[0].(string)] = e.Count
	}
	for _, v := range values {
		want[v] = 1
	}
	if diff := cmp.Diff(want, tops); diff != "" {
		t.Error(diff)
	}
}

// TestTooLongFilters gets an error of its own instead of one of the server.
func TestTooLongFilters(t *testing.T) {
	c := clientD(t)
	var alternatives, all []string
	for range 20_000 {
		alternatives = append(alternatives, "dport = 80")
		all = append(all, "meta.http.host != a OR LEN sports = 2")
	}
	if n, err := c.Count(ctx, flows.Request{Cond: edges(t, strings.Join(alternatives, " OR "))}); err != nil || n.Flows != 1 {
		t.Errorf("many alternatives: %+v, %v", n, err)
	}
	_, err := c.Count(ctx, flows.Request{Cond: edges(t, all...)})
	if !flows.IsInputError(err) || !strings.Contains(err.Error(), "too long") {
		t.Errorf("%v", err)
	}
}
