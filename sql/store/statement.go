package store

import (
	"context"
	"sort"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Statement is SQL with server-side parameters: the text names them as {p1:Type}, the values are in
// ClickHouse's text form of that type. Nothing that comes from a user may stand in the text itself.
type Statement struct {
	SQL    string
	Params map[string]string
}

// Inline shows the statement with its parameters written in as literals, for a user to go on with in
// another client. It is never run by this program.
func (st Statement) Inline() string {
	var b strings.Builder
	rest := st.SQL
	for {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(rest[open:], '}')
		if end < 0 {
			break
		}
		name, typ, ok := strings.Cut(rest[open+1:open+end], ":")
		value, known := st.Params[strings.TrimSpace(name)]
		if !ok || !known {
			b.WriteString(rest[:open+1])
			rest = rest[open+1:]
			continue
		}
		b.WriteString(rest[:open])
		b.WriteString(literal(value, strings.TrimSpace(typ)))
		rest = rest[open+end+1:]
	}
	return b.String() + rest
}

var quoteLiteral = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\x00", `\0`)

func literal(value, typ string) string {
	q := "'" + quoteLiteral.Replace(value) + "'"
	if typ == "String" {
		return q
	}
	return "CAST(" + q + ", '" + quoteLiteral.Replace(typ) + "')"
}

func (st Statement) args() []any {
	names := make([]string, 0, len(st.Params))
	for n := range st.Params {
		names = append(names, n)
	}
	sort.Strings(names)
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = clickhouse.Named(n, st.Params[n])
	}
	return out
}

type traceKey struct{}

// WithTrace makes every statement run under the context known to f, before it runs.
func WithTrace(ctx context.Context, f func(Statement)) context.Context {
	return context.WithValue(ctx, traceKey{}, f)
}

func trace(ctx context.Context, st Statement) {
	if f, ok := ctx.Value(traceKey{}).(func(Statement)); ok {
		f(st)
	}
}

// Query runs a statement that returns rows.
func (s *Store) Query(ctx context.Context, st Statement) (driver.Rows, error) {
	trace(ctx, st)
	return s.conn.Query(ctx, st.SQL, st.args()...)
}

// QueryRow runs a statement that returns one row.
func (s *Store) QueryRow(ctx context.Context, st Statement) driver.Row {
	trace(ctx, st)
	return s.conn.QueryRow(ctx, st.SQL, st.args()...)
}

// Exec runs a statement without an answer.
func (s *Store) Exec(ctx context.Context, st Statement) error {
	trace(ctx, st)
	return s.conn.Exec(ctx, st.SQL, st.args()...)
}
