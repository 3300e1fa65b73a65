package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headerTime    = 10 * time.Second // to send a request's headers
	idleTime      = 2 * time.Minute  // between two requests on a connection
	maxHeader     = 256 << 10        // filters travel in the first line, of which 64 KiB must pass
	shutdownGrace = 10 * time.Second // for requests under way when the server is to end
)

// Listen opens the address (HOST:PORT) for Serve. An empty host is the loopback interface: that data
// may be read from elsewhere must be said.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address to listen on (HOST:PORT, or [HOST]:PORT for IPv6): %w", address, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("this user may not listen on port %s; take one above 1023 (--port 8080): %w", port, err)
	}
	return ln, err
}

// Serve answers requests on ln until ctx ends. Then it takes no more, gives those under way some
// seconds, cuts what is left, and returns nil.
func Serve(ctx context.Context, ln net.Listener, h http.Handler, log *slog.Logger) error {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := srv.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("requests were cut that did not end in time")
		err = srv.Close()
	}
	if serr := <-ended; !errors.Is(serr, http.ErrServerClosed) {
		err = errors.Join(err, serr)
	}
	return err
}
