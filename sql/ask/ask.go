// Package ask runs the questions that the packages about one kind of records write: it bounds statements, reads rows
// and tells faults of a request from those of the database. It writes no SQL of its own.
package ask

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/host"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// InputError is a request that makes no sense; its text is meant for the user.
type InputError struct{ Reason string }

func (e *InputError) Error() string { return e.Reason }

// maxStatement is a little less than what ClickHouse parses (its setting max_query_size).
const maxStatement = 250_000

// Statement binds parameters to a question. settings are those of the server that suit it ("name = value").
func Statement(db *store.Store, sql string, p *tree.Params, settings ...string) (store.Statement, error) {
	if db.Target().Cluster != "" {
		// tables are sharded by what look-ups join on, so each server has the rows that they need
		settings = append(settings[:len(settings):len(settings)], "distributed_product_mode = 'local'")
	}
	if len(settings) > 0 {
		sql += " SETTINGS " + strings.Join(settings, ", ")
	}
	if len(sql) > maxStatement {
		return store.Statement{}, &InputError{fmt.Sprintf("the filter is too long: it makes a query of %d bytes, more than %d", len(sql), maxStatement)}
	}
	return store.Statement{SQL: sql, Params: p.Values()}, nil
}

// Rows runs a question and calls scan for each row of the answer. settings are as in Statement.
func Rows(ctx context.Context, db *store.Store, sql string, p *tree.Params, scan func(driver.Rows) error, settings ...string) error {
	st, err := Statement(db, sql, p, settings...)
	if err != nil {
		return err
	}
	rows, err := db.Query(ctx, st)
	if err != nil {
		return Explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return Explain(rows.Err())
}

// Distinct calls f with the different values of an expression on the rows that a statement selects, in order.
func Distinct(ctx context.Context, db *store.Store, value, from string, kind Kind, p *tree.Params, f func(host.Value) error) error {
	sql := "SELECT DISTINCT " + value + " AS v FROM (" + from + ") ORDER BY "
	if kind == NumberKind {
		sql += "toFloat64OrZero(v), "
	}
	var v string
	return Rows(ctx, db, sql+"v", p, func(rows driver.Rows) error {
		if err := rows.Scan(&v); err != nil {
			return err
		}
		return f(kind.Value(v))
	})
}

// Codes of the server for statements that a user's condition can make fail.
const (
	cannotCompileRegexp = 427
	tooDeep             = 167
	queryTooLarge       = 62
)

// Explain turns errors of the server that a condition of the user's caused into an InputError.
func Explain(err error) error {
	var x *clickhouse.Exception
	if errors.As(err, &x) {
		switch int(x.Code) {
		case cannotCompileRegexp, tooDeep, queryTooLarge:
			return &InputError{x.Message}
		}
	}
	return err
}

// Clause writes a keyword with conditions, or nothing without any.
func Clause(keyword string, conds []string) string {
	if len(conds) == 0 {
		return ""
	}
	return " " + keyword + " " + strings.Join(conds, " AND ")
}
