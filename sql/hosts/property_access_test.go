package hosts

import (
	"context"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/sql/tree"
)

// Matches asks for many conditions at once, which is faster than one after the other: it calls f for each record, with
// what it satisfies. The statement is returned for messages.
func (c *Client) Matches(ctx context.Context, conds []tree.Cond, f func(id string, match []uint8)) (sql string, err error) {
	var p tree.Params
	columns := make([]string, len(conds))
	for i, cond := range conds {
		list, err := c.conditions(cond, &p)
		if err != nil {
			return "", err
		}
		columns[i] = "toUInt8(" + strings.Join(append(list, "true"), " AND ") + ")"
	}
	sql = "SELECT " + recordID + ", [" + strings.Join(columns, ", ") + "] FROM " + c.tables.Hosts
	err = c.query(ctx, sql, &p, func(r driver.Rows) error {
		var id string
		var match []uint8
		err := r.Scan(&id, &match)
		if err == nil {
			f(id, match)
		}
		return err
	})
	return sql, err
}
