package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"ivre/migrations"
	"ivre/sql/flowstore"
	"ivre/sql/store"
)

type dbCommand struct {
	Migrate dbMigrate `cmd:"" help:"Create the database if there is none, and bring its schema up to date."`
	Status  dbStatus  `cmd:"" help:"List the steps of the schema and which are applied. Changes nothing."`
	Check   dbCheck   `cmd:"" help:"Compare the derived tables with the base tables they come from."`
}

func (dbCommand) Help() string {
	return `Commands that use the database bring its schema up to date themselves; 'ivre db migrate' does so ahead of time.

Examples:

  ivre db migrate
  ivre db status
  ivre db check --repair
  ivre --db clickhouse://ivre:secret@db1:9000/ivre?cluster=main db migrate`
}

type dbMigrate struct{}

func (dbMigrate) Run(e *env) error {
	return e.withStore(true, func(ctx context.Context, s *store.Store) error {
		steps, err := schemaSteps(ctx, s)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.stdout, "the schema of database %s is up to date (%d of %d steps)\n", s.Database(), countApplied(steps), len(steps))
		return err
	})
}

type dbStatus struct{}

func (dbStatus) Run(e *env) error {
	return e.withStore(false, func(ctx context.Context, s *store.Store) error {
		steps, err := schemaSteps(ctx, s)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
		for _, st := range steps {
			state := "missing"
			if st.Applied {
				state = "applied"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\n", st.Version, state, st.Name)
		}
		return w.Flush()
	})
}

func schemaSteps(ctx context.Context, s *store.Store) ([]migrations.State, error) {
	db := s.SQL()
	defer db.Close()
	return migrations.Status(ctx, db, s.Target())
}

func countApplied(steps []migrations.State) (n int) {
	for _, st := range steps {
		if st.Applied {
			n++
		}
	}
	return n
}

type dbCheck struct {
	Repair bool `help:"Make the derived tables of the months that differ anew."`
}

func (dbCheck) Help() string {
	return `Reads a few columns of all rows and prints the months that differ. The exit status is 1 if there are any left.

A difference comes from a crash in the middle of an insert, or from changing base tables by hand. A check during a load may see a difference that is gone a moment later.`
}

func (c *dbCheck) Run(e *env) error {
	return e.withStore(true, func(ctx context.Context, s *store.Store) error {
		if c.Repair {
			months, err := flowstore.Repair(ctx, s)
			if err != nil {
				return err
			}
			for _, m := range months {
				fmt.Fprintf(e.stdout, "%d: made anew\n", m)
			}
		}
		diffs, err := flowstore.Check(ctx, s)
		if err != nil {
			return err
		}
		for _, d := range diffs {
			fmt.Fprintln(e.stdout, d)
		}
		switch {
		case len(diffs) > 0 && !c.Repair:
			return fmt.Errorf("the derived tables differ from the base tables; 'ivre db check --repair' makes them anew")
		case len(diffs) > 0:
			return fmt.Errorf("flows were stored meanwhile: check again when no load runs")
		}
		_, err = fmt.Fprintln(e.stdout, "flow tables: derived and base tables agree")
		return err
	})
}

// withStore runs do with the database open, under a context that Ctrl-C ends.
// withStoreAt is withStore for the database of a URL; without one, for the usual one.
func (e *env) withStoreAt(url string, do func(context.Context, *store.Store) error) error {
	if url == "" {
		return e.withStore(true, do)
	}
	ctx, stop := e.interruptible()
	defer stop()
	s, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return err
	}
	defer s.Close()
	return do(ctx, s)
}

func (e *env) withStore(migrate bool, do func(context.Context, *store.Store) error) error {
	ctx, stop := e.interruptible()
	defer stop()
	s, err := e.openStore(ctx, migrate)
	if err != nil {
		return err
	}
	defer s.Close()
	return do(ctx, s)
}
