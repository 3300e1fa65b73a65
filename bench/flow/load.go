package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"ivre/ingest/flow"
	"ivre/ingest/nfcapd"
	"ivre/sql/store"
)

// checkGenerator lets the nfdump program count the generated file.
func (b *bench) checkGenerator() error {
	path, err := b.file(b.flows)
	if err != nil {
		return err
	}
	out, err := exec.CommandContext(b.ctx, "nfdump", "-r", path, "-I").Output()
	if errors.Is(err, exec.ErrNotFound) {
		fmt.Println("nfdump is not installed: the generated file is not checked, and its own speed not shown")
		return nil
	}
	if err != nil {
		return fmt.Errorf("nfdump does not read the generated file: %w", err)
	}
	if want := fmt.Sprintf("Flows: %d\n", b.flows); !strings.Contains(string(out), want) {
		return fmt.Errorf("nfdump counts other flows in the generated file than %d:\n%s", b.flows, out)
	}
	fmt.Printf("generated file: %d flows, as nfdump counts them too\n\n", b.flows)
	return nil
}

const eventColumns = "start_time, end_time, src, dst, proto, sport, dport, type, code, count, cspkts, csbytes, scpkts, scbytes"

// loading compares the load of the file with the engine's own INSERT ... SELECT of the same rows.
func (b *bench) loading() error {
	path, err := b.file(b.flows)
	if err != nil {
		return err
	}
	s, dir, err := b.fresh("load")
	if err != nil {
		return err
	}
	defer b.closeAndRemove(s, dir)
	if _, _, err := b.command(dir, "flow2db", "-C", path); err != nil {
		return err
	}
	err = b.exec(s, "CREATE TABLE bench_rows ENGINE = MergeTree ORDER BY tuple() AS SELECT "+eventColumns+" FROM flow_events", "OPTIMIZE TABLE bench_rows FINAL")
	if err != nil {
		return err
	}
	var limit, load, print []time.Duration
	var memory []int64
	for range b.rounds {
		d, err := b.engineAlone(s)
		if err != nil {
			return err
		}
		limit = append(limit, d)
		if err := b.empty(s); err != nil {
			return err
		}
		d, rss, err := b.command(dir, "flow2db", "-C", path)
		if err != nil {
			return err
		}
		load, memory = append(load, d), append(memory, rss)
		if d, _, err := measure(exec.CommandContext(b.ctx, "nfdump", "-r", path, "-o", "csv")); err == nil {
			print = append(print, d)
		}
	}
	parse, err := b.parserAlone(path)
	if err != nil {
		return err
	}
	n := b.flows
	fmt.Printf("load of %d flows (median of %d, in turn)\n", n, b.rounds)
	fmt.Printf("  parser alone, one core             %s\n", rate(n, parse))
	fmt.Printf("  engine alone, INSERT ... SELECT    %s\n", rate(n, median(limit)))
	fmt.Printf("  ivre flow2db (whole process)       %s   %.2f of the engine's rate, %d MB resident\n", rate(n, median(load)), median(limit).Seconds()/median(load).Seconds(), median(memory)>>20)
	if len(print) > 0 {
		fmt.Printf("  nfdump -o csv (prints only)        %s   %.1f times the load\n", rate(n, median(print)), median(print).Seconds()/median(load).Seconds())
	}
	fmt.Println()
	return nil
}

// empty removes the flows and lets the engine come to rest.
func (b *bench) empty(s *store.Store) error {
	return b.exec(s, "TRUNCATE TABLE flow_events SYNC", "TRUNCATE TABLE flows SYNC")
}

func (b *bench) engineAlone(s *store.Store) (time.Duration, error) {
	if err := b.empty(s); err != nil {
		return 0, err
	}
	start := time.Now()
	err := b.exec(s, "INSERT INTO flow_events ("+eventColumns+", slot_seconds, slot_base, slot_all) SELECT "+eventColumns+", 3600, 0, 1 FROM bench_rows SETTINGS max_insert_threads = 2")
	return time.Since(start), err
}

type countSink struct{ n int }

func (c *countSink) Event(*flow.Event) error { c.n++; return nil }
func (c *countSink) Meta(*flow.Meta) error   { return nil }
func (c *countSink) Bad(string, error)       {}
func (c *countSink) Skip(string, uint64)     {}
func (c *countSink) Note(string)             {}

func (b *bench) parserAlone(path string) (time.Duration, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // reading ahead would use a second core
	return timed(b.rounds, func() error {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return nfcapd.Read(b.ctx, f, nil, &countSink{})
	})
}

// growth loads four times as much and compares.
func (b *bench) growth() error {
	small, err := b.file(b.flows)
	if err != nil {
		return err
	}
	large, err := b.file(4 * b.flows)
	if err != nil {
		return err
	}
	var times [2][]time.Duration
	for range b.rounds {
		for i, path := range []string{small, large} {
			s, dir, err := b.fresh("growth")
			if err != nil {
				return err
			}
			d, _, err := b.command(dir, "flow2db", "-C", path)
			b.closeAndRemove(s, dir)
			if err != nil {
				return err
			}
			times[i] = append(times[i], d)
		}
	}
	one, four := median(times[0]), median(times[1])
	fmt.Printf("growth: %d flows %.2f s, %d flows %.2f s: %.2f times\n\n", b.flows, one.Seconds(), 4*b.flows, four.Seconds(), four.Seconds()/one.Seconds())
	return nil
}

// pieces loads the same flows from one file and from twenty and compares what is stored.
func (b *bench) pieces() error {
	whole, err := b.file(b.flows)
	if err != nil {
		return err
	}
	var parts []string
	const n = 20
	for i := range n {
		from, to := b.flows*i/n, b.flows*(i+1)/n
		p, err := b.slice(b.flows, from, to, fmt.Sprintf("flows-%d-part%02d.nfcapd", b.flows, i))
		if err != nil {
			return err
		}
		parts = append(parts, p)
	}
	var prints [2]string
	for i, files := range [][]string{{whole}, parts} {
		s, dir, err := b.fresh("pieces")
		if err != nil {
			return err
		}
		if _, _, err = b.command(dir, append([]string{"flow2db", "-C"}, files...)...); err == nil {
			prints[i], err = b.fingerprint(s)
		}
		b.closeAndRemove(s, dir)
		if err != nil {
			return err
		}
	}
	if prints[0] != prints[1] {
		return fmt.Errorf("one file and its %d pieces give different flows:\n%s\n%s", n, prints[0], prints[1])
	}
	fmt.Printf("pieces: one file and its %d pieces give the same flows (%s)\n\n", n, prints[0])
	return nil
}

// fingerprint is the number of flows and a hash over all of their fields.
func (b *bench) fingerprint(s *store.Store) (string, error) {
	var n, hash uint64
	err := s.QueryRow(b.ctx, store.Statement{SQL: `SELECT count(), sum(h) FROM (SELECT sipHash64(src, dst, proto, dport, type, min(firstseen), max(lastseen), sum(count),
		sum(cspkts), sum(csbytes), sum(scpkts), sum(scbytes), arraySort(groupUniqArrayArray(sports)), arraySort(groupUniqArrayArray(slots))) AS h
		FROM flows GROUP BY src, dst, proto, dport, type)`}).Scan(&n, &hash)
	return fmt.Sprintf("%d flows, hash %016x", n, hash), err
}
