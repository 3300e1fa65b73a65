package viewbuild

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/host"
	record "ivre/ingest/passive"
	"ivre/ingest/scanload"
	"ivre/ingest/viewmerge"
	"ivre/sql/ask"
	"ivre/sql/passive"
	"ivre/sql/store"
)

// worker merges chunks.
type worker struct {
	*builder
	version uint64
	batch   scanload.ViewBatch
	buf     []byte

	merging map[netip.Addr]*viewmerge.Builder
	order   []netip.Addr
	known   map[key]uint64 // content of the records that the view holds
}

type key struct {
	addr netip.Addr
	slot uint64
}

// merge makes the records of a chunk.
func (w *worker) merge(ctx context.Context, c chunk) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.merging, w.order = map[netip.Addr]*viewmerge.Builder{}, w.order[:0]
	if err := w.load(ctx, &c); err != nil {
		return err
	}
	slices.SortFunc(w.order, netip.Addr.Compare)
	for _, a := range w.order {
		if h := w.merging[a].Result(); h != nil {
			if err := w.finish(h, 0); err != nil {
				return err
			}
		}
		delete(w.merging, a)
	}
	w.progress(c.addresses)
	if w.batch.Full() {
		return w.store(ctx)
	}
	return nil
}

// load reads what there is for the chunk's addresses.
func (w *worker) load(ctx context.Context, c *chunk) error {
	within := c.within()
	w.known = map[key]uint64{}
	if w.Test == nil {
		if err := w.knownRecords(ctx, within); err != nil {
			return err
		}
	}
	if w.onTop && !w.NoMerge {
		if err := w.records(ctx, "views", []string{within}, viewmerge.Stored, false); err != nil {
			return err
		}
	}
	if w.Scans {
		if err := w.records(ctx, "scans", append(slices.Clone(w.scansConds), within), viewmerge.Scan, true); err != nil {
			return err
		}
	}
	if !w.onTop {
		if err := w.records(ctx, "view_given", []string{within}, viewmerge.Stored, false); err != nil {
			return err
		}
	}
	if w.Passive {
		return w.observations(ctx, append(slices.Clone(w.passiveConds), within))
	}
	return nil
}

// knownRecords reads which records the view holds.
func (w *worker) knownRecords(ctx context.Context, within string) error {
	return w.each(ctx, "SELECT addr, slot, content FROM views WHERE "+within, false, func(rows driver.Rows) error {
		var k key
		var content uint64
		if err := rows.Scan(&k.addr, &k.slot, &content); err != nil {
			return err
		}
		k.addr = k.addr.Unmap()
		w.known[k] = content
		return nil
	})
}

// records reads host records from a table.
func (w *worker) records(ctx context.Context, table string, conds []string, origin viewmerge.Origin, convert bool) error {
	var text string
	sql := "SELECT record FROM " + table + ask.Clause("WHERE", conds) + " ORDER BY addr, id"
	return w.each(ctx, sql, table == "scans", func(rows driver.Rows) error {
		if err := rows.Scan(&text); err != nil {
			return err
		}
		h, err := host.DecodeString(text)
		if err != nil {
			w.Warn(fmt.Sprintf("a record of %s cannot be read and is left out: %v", table, err))
			return nil
		}
		if convert {
			h = viewmerge.FromScan(h, w.Category)
		}
		return w.add(h, origin)
	})
}

// observations reads passive records.
func (w *worker) observations(ctx context.Context, conds []string) error {
	opt := viewmerge.PassiveOptions{Category: w.Category, Fingerprints: w.Fingerprints, Warn: w.Warn}
	return passive.New(w.db).EachWhere(ctx, conds, &w.params, func(r *record.Record) error {
		return w.add(viewmerge.FromPassive(r, opt), viewmerge.Passive)
	})
}

func (w *worker) each(ctx context.Context, sql string, bound bool, scan func(driver.Rows) error) error {
	st := store.Statement{SQL: sql}
	if bound {
		st.Params = w.params.Values()
	}
	rows, err := w.db.Query(ctx, st)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// add takes a record of a source.
func (w *worker) add(h *host.Host, origin viewmerge.Origin) error {
	if h == nil || !h.Addr.IsValid() {
		return nil
	}
	if w.NoMerge {
		return w.finish(h, 1)
	}
	b := w.merging[h.Addr]
	if b == nil {
		b = &viewmerge.Builder{MaxHostnames: w.Finish.MaxHostnames}
		w.merging[h.Addr] = b
		w.order = append(w.order, h.Addr)
	}
	b.Add(h, origin)
	return nil
}

// finish ends a record and puts it into the batch, unless the view holds it already. A slot that is not 0 stands for the
// record's own content.
func (w *worker) finish(h *host.Host, slot uint64) error {
	viewmerge.Finish(h, w.builder.Finish)
	h.Finish()
	if w.Test != nil {
		w.testing.Lock()
		defer w.testing.Unlock()
		return w.Test(h)
	}
	w.buf = host.Append(w.buf[:0], h)
	content := scanload.Content(w.buf)
	if slot != 0 {
		slot = content
	}
	if old, ok := w.known[key{h.Addr, slot}]; ok && old == content {
		return nil
	}
	w.batch.Add(h, content, slot, w.version)
	w.changed.Add(1)
	return nil
}

// store stores what is in the batch.
func (w *worker) store(ctx context.Context) error {
	// a batch that was started is finished even when the user interrupts the run
	return w.batch.Store(context.WithoutCancel(ctx), w.db)
}
