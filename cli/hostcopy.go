package cli

import (
	"context"
	"errors"
	"fmt"

	"ivre/ingest/host"
	"ivre/ingest/scanload"
	"ivre/ingest/viewbuild"
	"ivre/sql/hosts"
	"ivre/sql/store"
)

// copyTo adds host records to those of another database. Records of a view become sources of that one's view.
func (r *hostRun) copyTo(url string, req hosts.Request) error {
	return r.env.withStoreAt(url, func(ctx context.Context, to *store.Store) error {
		if err := r.env.recover(ctx, to); err != nil {
			return err
		}
		if r.view {
			return r.copyView(ctx, to, req)
		}
		l, err := scanload.New(ctx, to)
		if err != nil {
			return err
		}
		f := l.Open(scanload.FileInfo{Name: "copy of another database"})
		f.Format = "records"
		err = r.client.Each(ctx, req, func(text string) error {
			h, err := host.DecodeString(text)
			if err != nil {
				return err
			}
			f.Hosts++
			return f.Host(h)
		})
		err = errors.Join(err, f.Done(err == nil))
		err = errors.Join(err, l.Close(ctx, err))
		fmt.Fprintf(r.env.stderr, "ivre: %d records copied\n", l.Stored())
		return err
	})
}

func (r *hostRun) copyView(ctx context.Context, to *store.Store, req hosts.Request) error {
	given := viewbuild.Give(ctx, to)
	n := 0
	err := r.client.Each(ctx, req, func(text string) error { n++; return given.Add(text) })
	if err = errors.Join(err, given.Close(err)); err != nil {
		return err
	}
	fmt.Fprintf(r.env.stderr, "ivre: %d records copied; 'ivre db2view --update' there brings them into its view\n", n)
	return nil
}
