// Package store is the program's only access to ClickHouse: clickhouse-go over the native protocol, to
// the embedded engine or to a server. Nothing above it knows which one answers. It opens connections,
// applies the schema and runs statements; it writes no SELECT about the program's data.
package store

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/engine"
	"ivre/migrations"
)

// DefaultDatabase holds the tables unless the URL names another one.
const DefaultDatabase = "ivre"

// Options say where the data is.
type Options struct {
	// URL of a server: clickhouse://user:password@host:9000/database?cluster=NAME&secure=true, several
	// hosts separated by commas. Empty: the embedded engine.
	URL    string
	Engine engine.Options // used without URL
	// Database overrides the database of the URL (tests).
	Database string
	// QueryTimeout bounds every query; 0: no bound.
	QueryTimeout time.Duration
	// NoMigrate opens the database as it is (ivre db status).
	NoMigrate bool
}

// Store is an open database. It may be used by several goroutines.
type Store struct {
	conn    driver.Conn
	engine  *engine.Engine // nil with a server
	target  migrations.Target
	options clickhouse.Options
	http    string
}

// Open connects, creates the database if it does not exist and applies missing steps of the schema.
func Open(ctx context.Context, opt Options) (*Store, error) {
	s, err := connect(ctx, opt)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, opt); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func connect(ctx context.Context, opt Options) (*Store, error) {
	s := &Store{}
	var err error
	if opt.URL == "" {
		err = s.useEngine(ctx, opt)
	} else {
		err = s.useServer(opt)
	}
	if err != nil {
		return nil, err
	}
	if opt.Database != "" {
		s.options.Auth.Database = opt.Database
	}
	s.options.MaxOpenConns = 8 + 4*runtime.NumCPU()
	s.options.MaxIdleConns = 4
	s.options.DialTimeout = 30 * time.Second
	s.options.ReadTimeout = time.Hour // a query is bounded by its context, not by silence on the wire
	s.options.Settings = clickhouse.Settings{
		"optimize_on_insert":                       0, // rows of one flow merge in the background
		"throw_on_max_partitions_per_insert_block": 0, // a file may span decades
		"optimize_aggregation_in_order":            1,
	}
	if opt.QueryTimeout > 0 {
		s.options.Settings["max_execution_time"] = int(max(1, opt.QueryTimeout/time.Second))
	}
	return s, nil
}

func (s *Store) useEngine(ctx context.Context, opt Options) error {
	e, err := engine.Attach(ctx, opt.Engine)
	if err != nil {
		return err
	}
	s.engine = e
	s.options = clickhouse.Options{
		Addr:        []string{"embedded:0"}, // Dial knows the port, which changes when the engine is restarted
		Auth:        clickhouse.Auth{Database: DefaultDatabase, Username: engine.User, Password: e.Password()},
		DialContext: func(ctx context.Context, _ string) (net.Conn, error) { return e.Dial(ctx) },
	}
	s.http = fmt.Sprintf("http://127.0.0.1:%d/", e.Endpoint().HTTPPort)
	return nil
}

// useServer reads the URL. The library's own parser is not used: it takes other parameters than ours
// for settings of the server, and its errors repeat the password.
func (s *Store) useServer(opt Options) error {
	u, err := url.Parse(opt.URL)
	if err != nil {
		return errors.New("--db: this is not a URL; expected clickhouse://user:password@host:9000/database")
	}
	if u.Scheme != "clickhouse" || u.Host == "" {
		return fmt.Errorf("--db: expected clickhouse://user:password@host:9000/database, not %s", u.Redacted())
	}
	q := u.Query()
	password, _ := u.User.Password()
	s.options = clickhouse.Options{
		Auth:        clickhouse.Auth{Database: strings.Trim(u.Path, "/"), Username: u.User.Username(), Password: password},
		Compression: &clickhouse.Compression{Method: clickhouse.CompressionLZ4},
	}
	if s.options.Auth.Database == "" {
		s.options.Auth.Database = DefaultDatabase
	}
	if s.options.Auth.Username == "" {
		s.options.Auth.Username = "default"
	}
	secure := q.Get("secure") == "true" || q.Get("secure") == "1"
	port, httpScheme, httpPort := "9000", "http", "8123"
	if secure {
		s.options.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		port, httpScheme, httpPort = "9440", "https", "8443"
	}
	if p := q.Get("http_port"); p != "" {
		httpPort = p
	}
	for _, host := range strings.Split(u.Host, ",") {
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		s.options.Addr = append(s.options.Addr, host)
	}
	first, _, _ := net.SplitHostPort(s.options.Addr[0])
	s.http = httpScheme + "://" + net.JoinHostPort(first, httpPort) + "/"
	s.target.Cluster = q.Get("cluster")
	for name := range q {
		if name != "cluster" && name != "secure" && name != "http_port" {
			return fmt.Errorf("--db: unknown parameter %q (known: cluster, secure, http_port)", name)
		}
	}
	return nil
}

func (s *Store) prepare(ctx context.Context, opt Options) error {
	if err := s.ensureDatabase(ctx, !opt.NoMigrate); err != nil {
		return s.explain(err)
	}
	conn, err := s.open(s.options)
	if err != nil {
		return err
	}
	s.conn = conn
	if opt.NoMigrate {
		return nil
	}
	ready, err := s.schemaReady(ctx)
	if err != nil || ready {
		return err
	}
	db := s.SQL()
	defer db.Close()
	_, err = migrations.Up(ctx, db, s.target)
	return err
}

// schemaReady asks in one round trip whether the newest step was applied; every command does this, so
// it must not cost a scan of the migration files against the table.
func (s *Store) schemaReady(ctx context.Context) (bool, error) {
	var found uint64
	err := s.conn.QueryRow(ctx, "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'goose_db_version'").Scan(&found)
	if err != nil || found == 0 {
		return false, err
	}
	var version int64
	if err := s.conn.QueryRow(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied = 1").Scan(&version); err != nil {
		return false, err
	}
	newest, err := migrations.Newest()
	return version == newest, err
}

func (s *Store) open(o clickhouse.Options) (driver.Conn, error) {
	conn, err := clickhouse.Open(&o)
	if err != nil {
		return nil, s.explain(err)
	}
	return conn, nil
}

// ensureDatabase creates the database if it may and has to. It connects to another one for that: the
// embedded engine does not always survive a client that goes away when its database is refused.
func (s *Store) ensureDatabase(ctx context.Context, create bool) error {
	o := s.options
	o.Auth.Database = "system"
	conn, err := s.open(o)
	if err != nil {
		return err
	}
	defer conn.Close()
	name := s.options.Auth.Database
	var found uint64
	err = conn.QueryRow(ctx, "SELECT count() FROM system.databases WHERE name = {name:String}", clickhouse.Named("name", name)).Scan(&found)
	switch {
	case err != nil || found > 0:
		return err
	case !create:
		return fmt.Errorf("there is no database %q yet; 'ivre db migrate' creates it", name)
	}
	stmt := "CREATE DATABASE IF NOT EXISTS " + Ident(name) + " " + s.target.On()
	if s.engine != nil {
		stmt += " ENGINE = Atomic"
	}
	return conn.Exec(ctx, stmt)
}

// explain adds what to do to the errors that a user can do something about.
func (s *Store) explain(err error) error {
	var ex *clickhouse.Exception
	var op *net.OpError
	where := strings.Join(s.options.Addr, ",")
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ex) && (ex.Code == 516 || ex.Code == 192 || ex.Code == 193):
		return fmt.Errorf("the ClickHouse server refuses user %q: check user and password of --db", s.options.Auth.Username)
	case s.engine == nil && errors.As(err, &op):
		return fmt.Errorf("no ClickHouse server answers at %s (native port): %w", where, err)
	}
	return err
}

// Ident quotes a name for use in a statement.
func Ident(name string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(name) + "`"
}

// SQL opens a database/sql handle on the same database, for the migration library.
func (s *Store) SQL() *sql.DB {
	o := s.options
	o.MaxOpenConns, o.MaxIdleConns = 0, 0 // set on the handle by database/sql
	return clickhouse.OpenDB(&o)
}

// Conn is the native connection pool, for batches.
func (s *Store) Conn() driver.Conn { return s.conn }

// Target says how local tables are called and whether statements run on a cluster.
func (s *Store) Target() migrations.Target { return s.target }

// Database is the name of the database.
func (s *Store) Database() string { return s.options.Auth.Database }

// Engine is the embedded engine, nil with a server.
func (s *Store) Engine() *engine.Engine { return s.engine }

// Unclean tells whether the embedded engine crashed and the tables were not checked since. It is
// always false with a server, whose crashes are not seen from here.
func (s *Store) Unclean() bool { return s.engine != nil && s.engine.Unclean() }

// Checked says that the tables were checked after a crash.
func (s *Store) Checked() error {
	if s.engine == nil {
		return nil
	}
	return s.engine.Checked()
}

// HTTPAddress is the URL of the server's HTTP interface with the user and password to use there: the
// way to ClickHouse's output formats, which the native protocol leaves to its clients.
func (s *Store) HTTPAddress() (address, user, password string) {
	if s.engine != nil {
		s.http = fmt.Sprintf("http://127.0.0.1:%d/", s.engine.Endpoint().HTTPPort)
	}
	return s.http, s.options.Auth.Username, s.options.Auth.Password
}

// Close gives the connections back and lets go of the engine.
func (s *Store) Close() error {
	var err error
	if s.conn != nil {
		err = s.conn.Close()
	}
	if s.engine != nil {
		err = errors.Join(err, s.engine.Release())
	}
	return err
}
