package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// paced runs a query whose rows are written while they are read: query passes what writes a row to write. The time
// limit is one on the database, not on the writing, which may have to wait for a slow client: the clock stands still
// meanwhile. For a request of HEAD nothing is written, and the error is errHeadersOnly.
func (s *Server) paced(r *http.Request, query func(ctx context.Context, write func(func() error) error) error) error {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	// The server's own limit would count that time, too.
	unlimited := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_execution_time": 0}))
	limit := s.cfg.QueryTimeout
	clock := time.AfterFunc(time.Hour, func() { cancel(errTimeLimit) })
	clock.Stop()
	if limit > 0 {
		clock.Reset(limit)
	}
	err := query(unlimited, func(row func() error) error {
		clock.Stop()
		err := errHeadersOnly
		if r.Method != http.MethodHead {
			err = row()
		}
		if err != nil {
			cancel(err) // or else the rest of the answer would be read, and thrown away
		} else if limit > 0 {
			clock.Reset(limit)
		}
		return err
	})
	clock.Stop()
	return withCause(ctx, err)
}
