package cli

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress shows how far a long command is: bytes done of a total, records, rate and the time left. It
// is silent unless a person sits at the terminal it writes to. Its methods may be called by several
// goroutines, and often: the terminal is written to a few times a second.
type Progress struct {
	bar     *progressbar.ProgressBar // nil: silent
	start   time.Time
	records atomic.Uint64
	shown   atomic.Int64 // when the records were last shown, in nanoseconds since start
}

// refreshEvery is how often the terminal is written to.
const refreshEvery = 200 * time.Millisecond

// NewProgress starts to show progress on w; total is the number of bytes to come, -1 if unknown.
func NewProgress(total int64, w io.Writer) *Progress {
	p := &Progress{start: time.Now()}
	if _, ok := terminal(w); ok {
		p.bar = newBar(total, w)
	}
	return p
}

func newBar(total int64, w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowTotalBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(refreshEvery),
		progressbar.OptionSetWidth(20),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionSpinnerType(14),
	)
}

// Add tells that n more bytes are done.
func (p *Progress) Add(n int64) {
	if p.bar != nil {
		_ = p.bar.Add64(n) // errors of a terminal are nobody's concern
	}
}

// SetRecords tells how many records there are so far.
func (p *Progress) SetRecords(n uint64) {
	p.records.Store(n)
	if p.bar == nil {
		return
	}
	now, last := int64(time.Since(p.start)), p.shown.Load()
	if now-last >= int64(refreshEvery) && p.shown.CompareAndSwap(last, now) {
		p.bar.Describe(describeRecords(n, time.Duration(now)))
	}
}

func describeRecords(n uint64, elapsed time.Duration) string {
	rate := float64(n) / max(elapsed.Seconds(), 1e-3)
	return fmt.Sprintf("%s records, %s/s", compact(float64(n)), compact(rate))
}

// compact writes a number with three digits and a unit: 1.23 M.
func compact(v float64) string {
	units := []string{"", " k", " M", " G", " T"}
	i := 0
	for v >= 999.5 && i < len(units)-1 {
		v /= 1000
		i++
	}
	switch {
	case i == 0:
		return fmt.Sprintf("%.0f", v)
	case v < 9.995:
		return fmt.Sprintf("%.2f%s", v, units[i])
	case v < 99.95:
		return fmt.Sprintf("%.1f%s", v, units[i])
	}
	return fmt.Sprintf("%.0f%s", v, units[i])
}

// Clear removes the line from the terminal until the next change.
func (p *Progress) Clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// Close removes the line from the terminal.
func (p *Progress) Close() {
	if p.bar != nil {
		_ = p.bar.Clear()
		_ = p.bar.Exit()
	}
}
