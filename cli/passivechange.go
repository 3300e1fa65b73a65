package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	record "ivre/ingest/passive"
	"ivre/ingest/passiveload"
	"ivre/sql/ask"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// copyTo adds records to those of another database: counts are added, times are merged.
func (r *passiveRun) copyTo(url string, req ask.Request) error {
	return r.env.withStoreAt(url, func(ctx context.Context, to *store.Store) error {
		if err := r.env.recoverPassive(ctx, to); err != nil {
			return err
		}
		l, err := passiveload.New(ctx, to, passiveload.Options{Derive: passiveload.AsGiven{}})
		if err != nil {
			return err
		}
		f := l.Open(passiveload.FileInfo{Name: "copy of " + r.db.Database(), Format: "records", KeepSensor: true})
		err = r.client.Each(ctx, req, func(rec *record.Record) error { return f.Add(rec) })
		err = errors.Join(err, f.Done(err == nil))
		err = errors.Join(err, l.Close(ctx, err))
		fmt.Fprintf(r.env.stderr, "ivre: %d observations copied\n", l.Stored())
		return err
	})
}

// updateBlacklists has answers of DNS blacklists stored as what importers make of them now: the configuration may have
// changed since they were loaded.
func (r *passiveRun) updateBlacklists() error {
	settings, err := r.env.config()
	if err != nil {
		return err
	}
	var zones tree.Or
	for _, zone := range settings.DNSBlacklistDomains {
		ends, err := tree.ParsePattern(regexp.QuoteMeta(zone)+"$", tree.Flags{})
		if err != nil {
			return err
		}
		zones = append(zones, tree.Test{Field: "value", Op: tree.Match, Value: ends})
	}
	if zones == nil {
		return nil
	}
	if err := r.env.recoverPassive(r.ctx, r.db); err != nil {
		return err
	}
	derive, err := r.env.deriver("")
	if err != nil {
		return err
	}
	l, err := passiveload.New(r.ctx, r.db, passiveload.Options{Derive: derive})
	if err != nil {
		return err
	}
	f := l.Open(passiveload.FileInfo{Name: "dnsbl-update", Format: "records", KeepSensor: true})
	cond := tree.And{tree.Test{Field: "recontype", Op: tree.Eq, Value: tree.Text("DNS_ANSWER")}, zones}
	var changed []record.ID
	var buf []byte
	err = r.client.Each(r.ctx, ask.Request{Cond: cond}, func(rec *record.Record) error {
		isListing, normal := false, *rec // normalising changes a record in place
		if err := derive.Normalise(&normal, func(n *record.Record) error { isListing = n.Recontype != rec.Recontype; return nil }); err != nil || !isListing {
			return err
		}
		var id record.ID
		id, buf = rec.Identity(buf)
		changed = append(changed, id)
		rec.Infos = nil
		return f.Add(rec)
	})
	err = errors.Join(err, f.Done(err == nil))
	if err = errors.Join(err, l.Close(r.ctx, err)); err != nil {
		return err
	}
	fmt.Fprintf(r.env.stderr, "ivre: %d records became records about listed addresses\n", len(changed))
	return r.client.DeleteIDs(r.ctx, changed)
}

// recoverPassive repairs what an interrupted load or a crash may have left behind.
func (e *env) recoverPassive(ctx context.Context, db *store.Store) error {
	messages, err := passiveload.Recover(ctx, db)
	for _, m := range messages {
		fmt.Fprintln(e.stderr, "ivre: passive:", m)
	}
	return err
}
