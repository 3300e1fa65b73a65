package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"ivre/config"
	"ivre/httpapi"
	"ivre/ingest/flow"
	"ivre/ingest/flowload"
	"ivre/ingest/scanfile"
	"ivre/sql/dns"
	"ivre/sql/flows"
	"ivre/sql/flowstore"
	"ivre/sql/hosts"
	"ivre/sql/passive"
	"ivre/sql/rir"
	"ivre/sql/store"
)

type httpdCommand struct {
	BindAddress   string `short:"b" default:"127.0.0.1" placeholder:"ADDRESS" help:"Address to listen on; 0.0.0.0 or :: for all of them (default: 127.0.0.1, this machine only)."`
	Port          uint16 `short:"p" default:"80" placeholder:"N" help:"Port to listen on (default: 80; 0 takes any that is free)."`
	PublicMetrics bool   `help:"Let other machines read /metrics."`
}

// Help is shown by --help.
func (httpdCommand) Help() string {
	return `Serves until Ctrl-C or SIGTERM; requests that are being answered are finished first. The embedded engine stays up meanwhile, and is started again if it dies.

There is no log-in: put a front end that authenticates before it where others can reach it. Settings (WEB_...) come from the configuration.

Examples:

  ivre httpd -p 8080
  ivre --db clickhouse://ivre@db1/ivre httpd -b 0.0.0.0 -p 8080`
}

// Run serves until a signal comes.
func (c *httpdCommand) Run(e *env) error {
	ctx, stop := e.interruptible()
	defer stop()
	settings, err := e.config()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: e.logLevel(slog.LevelInfo)}))
	db, err := e.openStore(ctx, true, func(o *store.Options) { o.QueryTimeout = settings.QueryTimeout })
	if err != nil {
		return err
	}
	defer db.Close()
	if err := e.recover(ctx, db); err != nil {
		return err
	}
	if engine := db.Engine(); engine != nil {
		complain := func(err error) { log.Error("embedded engine", "error", err) }
		go engine.Supervise(ctx, complain, func() {
			if err := e.recover(ctx, db); err != nil && ctx.Err() == nil {
				complain(err)
			}
		})
	}
	data, err := e.addressData()
	if err != nil {
		return err
	}
	deps := httpapi.Deps{
		Config: settings, Flows: flows.New(db), Scans: hosts.New(db, hosts.Scans), View: hosts.New(db, hosts.View), Passive: passive.New(db), RIR: rir.New(db), Data: data, Names: dns.New(db), Manuf: e.manufacturer(), Version: programVersion(), Log: log, PublicMetrics: c.PublicMetrics,
	}
	if settings.WebUploadOK {
		// Loads take as long as they take: their connections have no time limit.
		loads, err := e.openStore(ctx, false)
		if err != nil {
			return err
		}
		defer loads.Close()
		deps.Ingest = e.storePosted(loads, settings)
		deps.StoreScans = e.storeUploaded(loads, false)
		deps.StoreView = e.storeUploaded(loads, true)
		deps.Cleanup = func(ctx context.Context) error { _, err := flowstore.Cleanup(ctx, loads); return err }
	}
	handler, err := httpapi.New(deps)
	if err != nil {
		return err
	}
	defer handler.Close()
	return c.serve(ctx, e.stdout, handler, log)
}

// storePosted stores the records of one request as a load of its own.
func (e *env) storePosted(db *store.Store, settings *config.Config) httpapi.FlowSink {
	return func(ctx context.Context, feed func(flow.Sink) error) error {
		loader, err := flowload.New(ctx, db, flowload.Options{Slots: slotsOf(settings)})
		if err != nil {
			return err
		}
		file := loader.Open(ctx, "POST /flows")
		err = feed(file.Sink())
		if err == nil && file.Bad > 0 { // such a record has more time slots than can be stored
			err = fmt.Errorf("%d records were left out: %s", file.Bad, file.First[0])
		}
		file.Done("http", err)
		if cerr := loader.Close(ctx, err); cerr != nil {
			return errors.Join(cerr, e.recover(context.WithoutCancel(ctx), db))
		}
		return err
	}
}

// storeUploaded stores the scan files of one request as a load of its own, and brings the view up to date with them.
func (e *env) storeUploaded(db *store.Store, view bool) httpapi.ScanSink {
	return func(ctx context.Context, opt scanfile.Options, files []httpapi.UploadedFile) (out []scanfile.Outcome, err error) {
		if len(files) == 0 {
			return nil, nil
		}
		loads, err := scanfile.Start(ctx, db, opt, e.scanParsers(ctx, nil))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			var o scanfile.Outcome
			if o, err = loads.File(ctx, f.Path, f.Name, ""); err != nil {
				break
			}
			out = append(out, o)
		}
		if cerr := loads.Loader.Close(ctx, err); cerr != nil {
			err = errors.Join(err, cerr)
		}
		if err != nil {
			return nil, errors.Join(err, e.recover(context.WithoutCancel(ctx), db))
		}
		if view {
			err = e.viewFiles(ctx, db, out)
		}
		return out, err
	}
}

func (c *httpdCommand) serve(ctx context.Context, out io.Writer, handler http.Handler, log *slog.Logger) error {
	l, err := httpapi.Listen(ctx, net.JoinHostPort(c.BindAddress, strconv.Itoa(int(c.Port))))
	if err != nil {
		return fmt.Errorf("%w (-b and -p choose another address and port)", err)
	}
	fmt.Fprintln(out, "IVRE's web interface, API and metrics. Open:")
	for _, address := range reachable(l.Addr()) {
		fmt.Fprintf(out, "  http://%s/\n", address)
	}
	return httpapi.Serve(ctx, l, handler, log)
}

// reachable lists the addresses under which a listener can be reached: those of all interfaces if it
// listens on all.
func reachable(at net.Addr) []string {
	tcp, ok := at.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return []string{at.String()}
	}
	port := strconv.Itoa(tcp.Port)
	list := []string{net.JoinHostPort("127.0.0.1", port)}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return list
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			list = append(list, net.JoinHostPort(n.IP.String(), port))
		}
	}
	return list
}
