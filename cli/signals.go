package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// interrupt is the cause of a context that a signal ended.
type interrupt struct{ sig syscall.Signal }

func (i *interrupt) Error() string { return "interrupted by " + i.sig.String() }

// interruptible returns a context that ends at the first SIGINT (Ctrl-C) or SIGTERM, so that the command
// can end in order; the second one ends the process at once. A command calls it at most once.
func (e *env) interruptible() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case s := <-ch:
			signal.Stop(ch) // from now on, signals do what they do to any program
			if _, ok := terminal(e.stderr); ok {
				fmt.Fprintln(e.stderr, "\nivre: ending; press Ctrl-C again to stop at once")
			}
			cancel(&interrupt{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	e.signals = ctx
	return ctx, func() { signal.Stop(ch); cancel(nil) }
}

// interruptedBy tells which signal ended the context of interruptible, if one did.
func (e *env) interruptedBy() (syscall.Signal, bool) {
	if e.signals == nil {
		return 0, false
	}
	var i *interrupt
	if errors.As(context.Cause(e.signals), &i) {
		return i.sig, true
	}
	return 0, false
}
