package scanload

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"ivre/ingest/host"
	"ivre/sql/store"
)

// ViewBatch gathers records of the view and stores them. It is used by one goroutine. The zero value is empty.
type ViewBatch struct {
	batch
	slot, content, version flat[uint64]
	gone                   flat[uint8]
}

// Content is a hash of a record's JSON text (the start of its SHA-256).
func Content(record []byte) uint64 {
	sum := sha256.Sum256(record)
	return binary.BigEndian.Uint64(sum[:8])
}

// Add takes a record. Slot is 0 for the merged record of an address. The number of the record follows from its content
// and version: a record that comes to be as it once was has another one than then, so the scripts of that time are not
// taken for its own.
func (v *ViewBatch) Add(h *host.Host, content, slot, version uint64) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], content)
	binary.BigEndian.PutUint64(b[8:], version)
	v.batch.add(h, Content(b[:]), 0)
	v.content.add(content)
	v.slot.add(slot)
	v.version.add(version)
	v.gone.add(0)
}

// Full tells whether the batch should be stored.
func (v *ViewBatch) Full() bool { return v.full() }

// Rows is the number of records in the batch.
func (v *ViewBatch) Rows() int { return v.rows() }

// Store stores the records, their scripts first, so that a record that is there has its scripts; and empties the batch.
func (v *ViewBatch) Store(ctx context.Context, db *store.Store) error {
	if v.rows() == 0 {
		return nil
	}
	var columns []named
	for _, c := range v.hosts.columns() {
		if c.name != "file" {
			columns = append(columns, c)
		}
	}
	columns = append(columns, named{"slot", &v.slot}, named{"content", &v.content}, named{"version", &v.version}, named{"gone", &v.gone})
	if len(v.scripts.id.items) > 0 {
		if err := send(ctx, db, "view_scripts", v.scripts.columns()); err != nil {
			return err
		}
	}
	if err := send(ctx, db, "view_versions", columns); err != nil {
		return err
	}
	v.reset()
	v.slot.reset()
	v.content.reset()
	v.version.reset()
	v.gone.reset()
	return nil
}

func send(ctx context.Context, db *store.Store, table string, columns []named) error {
	b, err := db.Conn().PrepareBatch(ctx, insert(table, columns))
	if err != nil {
		return err
	}
	for i, c := range columns {
		if err := c.column.write(b.Column(i)); err != nil {
			return errors.Join(fmt.Errorf("%s: column %s: %w", table, c.name, err), b.Abort())
		}
	}
	return b.Send()
}
