// Command flow measures the flow purpose: how fast records are loaded beside what the engine alone can
// do with the same rows, and how fast questions are answered beside hand-written SQL. All figures of a
// run come from the same machine in turn; ratios are what counts.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ivre/bench/flowgen"
	"ivre/engine"
	"ivre/sql/store"
)

// bench is one run of the benchmark.
type bench struct {
	ivre, out string
	steps     string
	flows     int
	rounds    int
	ctx       context.Context
}

func main() {
	b := &bench{ctx: context.Background()}
	flag.StringVar(&b.ivre, "ivre", "./ivre", "the program to measure")
	flag.StringVar(&b.out, "out", "bench/out", "folder for generated files and databases")
	flag.IntVar(&b.flows, "flows", 1_000_000, "records of the generated file")
	flag.IntVar(&b.rounds, "rounds", 3, "repetitions; medians are printed")
	flag.StringVar(&b.steps, "steps", "check,load,growth,pieces,ask", "what to measure")
	flag.Parse()
	log.SetFlags(0)
	if err := b.run(); err != nil {
		log.Fatal("bench: ", err)
	}
}

func (b *bench) run() error {
	var err error
	if b.ivre, err = filepath.Abs(b.ivre); err != nil {
		return err
	}
	if b.out, err = filepath.Abs(b.out); err != nil {
		return err
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		run  func() error
	}{{"check", b.checkGenerator}, {"load", b.loading}, {"growth", b.growth}, {"pieces", b.pieces}, {"ask", b.questions}} {
		if !slices.Contains(strings.Split(b.steps, ","), step.name) {
			continue
		}
		if err := step.run(); err != nil {
			return err
		}
	}
	return nil
}

// slice makes the nfcapd file of the records from..to of a recording of total, unless it is there already.
func (b *bench) slice(total, from, to int, name string) (string, error) {
	path := filepath.Join(b.out, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	f, err := os.Create(path + ".new")
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := flowgen.Write(f, flowgen.Options{Flows: total, From: from, To: to}); err != nil {
		return "", err
	}
	return path, os.Rename(path+".new", path)
}

// file makes the file of a whole recording.
func (b *bench) file(flows int) (string, error) {
	return b.slice(flows, 0, flows, fmt.Sprintf("flows-%d.nfcapd", flows))
}

// fresh gives an empty database on an engine of its own, held by this process.
func (b *bench) fresh(name string) (*store.Store, string, error) {
	dir := filepath.Join(b.out, name)
	if err := stopAndRemove(b.ctx, dir); err != nil {
		return nil, "", err
	}
	s, err := store.Open(b.ctx, store.Options{Engine: engine.Options{
		DataDir: filepath.Join(dir, "db"), Command: []string{b.ivre, engine.ChildCommand},
	}})
	return s, dir, err
}

func stopAndRemove(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := engine.Stop(ctx, filepath.Join(dir, "db")); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// closeAndRemove ends with a database.
func (b *bench) closeAndRemove(s *store.Store, dir string) {
	s.Close()
	if err := stopAndRemove(b.ctx, dir); err != nil {
		log.Print("bench: ", err)
	}
}

// command runs the program on a database and returns its wall time and largest memory in bytes.
func (b *bench) command(dir string, args ...string) (time.Duration, int64, error) {
	return measure(exec.CommandContext(b.ctx, b.ivre, append([]string{"--data-dir", dir}, args...)...))
}
