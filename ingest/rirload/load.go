// Package rirload stores dumps of the regional internet registries. A dump takes the place of the one that had the same
// file name; one whose content is stored already is left out.
package rirload

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"path/filepath"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/input"
	"ivre/ingest/rir"
	"ivre/ingest/scanload"
	"ivre/sql/store"
)

// Outcome says what became of a dump.
type Outcome struct {
	Known    bool // the same content is stored
	Objects  uint64
	Bad      uint64   // objects that could not be read
	Problems []string // the first of them
}

const keptProblems = 5

// batchRows is how many objects are sent at once.
const batchRows = 1 << 16

// File stores a dump. opened is called with the file before it is read; it may be nil. Readers see the old objects of a
// file name or the new ones: these are gathered in a table of their own that takes the place of the old ones at once.
func File(ctx context.Context, db *store.Store, path string, opened func(*input.File)) (out Outcome, err error) {
	hash, err := hashOf(ctx, path)
	if err != nil {
		return out, err
	}
	var n uint64
	err = db.QueryRow(ctx, store.Statement{SQL: "SELECT count() FROM rir WHERE source_hash = {h:String}", Params: map[string]string{"h": hash}}).Scan(&n)
	if err != nil || n > 0 {
		out.Known = n > 0
		return out, err
	}
	in, err := input.Open(ctx, path, input.Options{})
	if err != nil {
		return out, err
	}
	defer in.Close()
	if opened != nil {
		opened(in)
	}
	name := filepath.Base(path)
	l := &loader{ctx: ctx, db: db, out: &out}
	if err := l.begin(); err != nil {
		return out, err
	}
	opts := rir.Options{SourceFile: name, SourceHash: hash, Report: l.report}
	if err := rir.Read(ctx, in, opts, l.add); err != nil {
		return out, errors.Join(err, l.abort())
	}
	return out, l.end(name)
}

func hashOf(ctx context.Context, path string) (string, error) {
	in, err := input.Open(ctx, path, input.Options{})
	if err != nil {
		return "", err
	}
	defer in.Close()
	return rir.Hash(ctx, in)
}

type loader struct {
	ctx   context.Context
	db    *store.Store
	out   *Outcome
	batch driver.Batch
	rows  int
	buf   []byte
}

const fresh = "rir_fresh"

func (l *loader) exec(sql string, params map[string]string) error {
	return l.db.Exec(context.WithoutCancel(l.ctx), store.Statement{SQL: sql, Params: params})
}

func (l *loader) begin() error {
	if l.db.Target().Cluster != "" {
		return errors.New("dumps of registries cannot be stored on a cluster yet")
	}
	if err := l.exec("DROP TABLE IF EXISTS "+fresh, nil); err != nil {
		return err
	}
	return l.exec("CREATE TABLE "+fresh+" AS rir", nil)
}

func (l *loader) report(p *rir.Problem) {
	l.out.Bad++
	if len(l.out.Problems) < keptProblems {
		l.out.Problems = append(l.out.Problems, p.Error())
	}
}

func (l *loader) add(r *rir.Record) error {
	if l.batch == nil {
		b, err := l.db.Conn().PrepareBatch(l.ctx, "INSERT INTO "+fresh+" (id, kind, start, stop, size, asnum, netname, country, as_name, org, descr, remarks, notify, source_file, source_hash, record)")
		if err != nil {
			return err
		}
		l.batch = b
	}
	l.buf = rir.Append(l.buf[:0], r)
	asnum, start, stop, size := int64(-1), netip.IPv6Unspecified(), netip.IPv6Unspecified(), new(big.Int)
	if r.Kind == rir.AutNum {
		asnum = int64(r.ASNum)
	} else {
		start, stop, size = netip.AddrFrom16(r.Start.As16()), netip.AddrFrom16(r.Stop.As16()), r.Size().Big()
	}
	get := func(key string) string { v, _ := r.Get(key); return v }
	err := l.batch.Append(scanload.Content(l.buf), r.Kind.String(), start, stop, size, asnum, get("netname"), get("country"), get("as-name"), get("org"),
		get("descr"), get("remarks"), get("notify"), r.SourceFile, r.SourceHash, string(l.buf))
	if err != nil {
		return err
	}
	l.out.Objects++
	if l.rows++; l.rows >= batchRows {
		return l.send()
	}
	return nil
}

func (l *loader) send() error {
	if l.batch == nil {
		return nil
	}
	b := l.batch
	l.batch, l.rows = nil, 0
	return b.Send()
}

func (l *loader) abort() error {
	var err error
	if l.batch != nil {
		err = l.batch.Abort()
	}
	return errors.Join(err, l.exec("DROP TABLE IF EXISTS "+fresh, nil))
}

// end puts the new objects in the place of the old ones of the file name, which are a partition.
func (l *loader) end(name string) error {
	if err := l.send(); err != nil {
		return errors.Join(err, l.abort())
	}
	literal := store.Statement{SQL: "{f:String}", Params: map[string]string{"f": name}}.Inline()
	err := l.exec("ALTER TABLE rir REPLACE PARTITION "+literal+" FROM "+fresh, nil)
	if err != nil {
		return errors.Join(fmt.Errorf("putting the new objects in the place of the old ones: %w", err), l.abort())
	}
	return l.exec("DROP TABLE IF EXISTS "+fresh, nil)
}
