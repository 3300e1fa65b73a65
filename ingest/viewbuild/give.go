package viewbuild

import (
	"context"
	"net/netip"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/host"
	"ivre/ingest/scanload"
	"ivre/sql/store"
)

// Given takes records that are sources of a view themselves: those of other views.
type Given struct {
	ctx   context.Context
	db    *store.Store
	batch driver.Batch
	rows  int
}

const givenRows = 1 << 14

// Give starts to give records to the view of a database. Close must be called. The next run brings them into the view.
func Give(ctx context.Context, db *store.Store) *Given { return &Given{ctx: ctx, db: db} }

// Add takes the JSON text of a record.
func (g *Given) Add(record string) error {
	h, err := host.DecodeString(record)
	if err != nil {
		return err
	}
	if g.batch == nil {
		if g.batch, err = g.db.Conn().PrepareBatch(g.ctx, "INSERT INTO view_given (id, addr, record)"); err != nil {
			return err
		}
	}
	if err := g.batch.Append(scanload.Content([]byte(record)), netip.AddrFrom16(h.Addr.As16()), record); err != nil {
		return err
	}
	if g.rows++; g.rows%givenRows == 0 {
		return g.send()
	}
	return nil
}

func (g *Given) send() error {
	if g.batch == nil {
		return nil
	}
	b := g.batch
	g.batch = nil
	return b.Send()
}

// Close stores the rest, unless there was an error.
func (g *Given) Close(err error) error {
	if err != nil && g.batch != nil {
		return g.batch.Abort()
	}
	return g.send()
}
