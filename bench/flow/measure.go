package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"sort"
	"syscall"
	"time"

	"ivre/sql/store"
)

// measure runs a command to its end; the output is thrown away.
func measure(cmd *exec.Cmd) (time.Duration, int64, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return 0, 0, fmt.Errorf("%v: %w\n%s", cmd.Args, err, stderr.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return took, 0, nil
	}
	return took, usage.Maxrss << 10, nil
}

func median[T int64 | float64 | time.Duration](values []T) T {
	s := append([]T(nil), values...)
	sort.Slice(s, func(i, j int) bool { return s[i] < s[j] })
	return s[len(s)/2]
}

// timed runs f n times after one run for warmth and returns the median.
func timed(n int, f func() error) (time.Duration, error) {
	if err := f(); err != nil {
		return 0, err
	}
	all := make([]time.Duration, n)
	for i := range all {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		all[i] = time.Since(start)
	}
	return median(all), nil
}

func (b *bench) exec(s *store.Store, statements ...string) error {
	for _, sql := range statements {
		if err := s.Exec(b.ctx, store.Statement{SQL: sql}); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

func rate(n int, d time.Duration) string {
	return fmt.Sprintf("%8.3f s  %6.2f M flows/s", d.Seconds(), float64(n)/d.Seconds()/1e6)
}
