// Package migrations owns the schema: tables, their derived tables and the materialized views that feed
// them. It applies numbered steps in order, on one server or on every node of a cluster. Nothing else
// creates, alters or drops tables.
package migrations

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"
	"text/template"

	"github.com/pressly/goose/v3"
)

//go:embed schema/*.sql
var schema embed.FS

// Target says for which kind of server the schema is rendered.
type Target struct {
	// Cluster is the name of a cluster in the server's configuration; empty: a single server. With a
	// cluster, NAME_local tables are replicated and NAME is a distributed table over them.
	Cluster string
}

// State is a step and whether it was applied.
type State struct {
	Version int64
	Name    string
	Applied bool
}

// Up applies the steps that are missing and returns how many there were. Two processes may do so at
// once: every statement can be repeated.
func Up(ctx context.Context, db *sql.DB, t Target) (int, error) {
	p, err := provider(db, t)
	if err != nil {
		return 0, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("applying the schema: %w", err)
	}
	return len(done), nil
}

// Down takes all steps back: it drops every table with its content.
func Down(ctx context.Context, db *sql.DB, t Target) error {
	p, err := provider(db, t)
	if err != nil {
		return err
	}
	if _, err := p.DownTo(ctx, 0); err != nil {
		return fmt.Errorf("dropping the schema: %w", err)
	}
	return nil
}

// Pending tells whether steps are missing.
func Pending(ctx context.Context, db *sql.DB, t Target) (bool, error) {
	p, err := provider(db, t)
	if err != nil {
		return false, err
	}
	return p.HasPending(ctx)
}

// Newest is the number of the last step.
func Newest() (int64, error) {
	names, err := fs.Glob(schema, "schema/*.sql")
	if err != nil || len(names) == 0 {
		return 0, err
	}
	return goose.NumericComponent(path.Base(names[len(names)-1]))
}

// Status lists all steps.
func Status(ctx context.Context, db *sql.DB, t Target) ([]State, error) {
	p, err := provider(db, t)
	if err != nil {
		return nil, err
	}
	all, err := p.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]State, len(all))
	for i, s := range all {
		out[i] = State{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied}
	}
	return out, nil
}

func provider(db *sql.DB, t Target) (*goose.Provider, error) {
	files, err := t.render()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectClickHouse, db, files, goose.WithLogger(goose.NopLogger()))
}

// render fills in the steps' templates for the target.
func (t Target) render() (fs.FS, error) {
	names, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		src, err := schema.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text, err := t.Render(string(src))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[strings.TrimPrefix(name, "schema/")] = &fstest.MapFile{Data: []byte(text)}
	}
	return out, nil
}

// Render fills in a statement's template: the functions of funcs.
func (t Target) Render(text string) (string, error) {
	tmpl, err := template.New("").Funcs(t.funcs()).Parse(text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := tmpl.Execute(&b, nil); err != nil {
		return "", err
	}
	return b.String(), nil
}

// Local is the name of a table's part on one server.
func (t Target) Local(table string) string {
	if t.Cluster == "" {
		return table
	}
	return table + "_local"
}

// On is the clause that makes a statement run on every node.
func (t Target) On() string {
	if t.Cluster == "" {
		return ""
	}
	return "ON CLUSTER " + quoteIdent(t.Cluster)
}

func quoteIdent(s string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(s) + "`"
}

func (t Target) engine(name string, args ...string) string {
	if t.Cluster != "" {
		return "Replicated" + name + "(" + strings.Join(append([]string{"'/clickhouse/tables/{shard}/{database}/{table}/{uuid}'", "'{replica}'"}, args...), ", ") + ")"
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

func (t Target) distributed(table, shardBy string) string {
	if t.Cluster == "" {
		return ""
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s %s AS %s ENGINE = Distributed(%s, currentDatabase(), %s, sipHash64(%s));",
		table, t.On(), t.Local(table), quoteIdent(t.Cluster), t.Local(table), shardBy)
}

// tables are the parts of tables on one server, and the distributed tables over them if there are any.
func (t Target) tables(names ...string) (out []string) {
	for _, n := range names {
		if out = append(out, t.Local(n)); t.Cluster != "" {
			out = append(out, n)
		}
	}
	return out
}

func (t Target) dropDistributed(tables ...string) string {
	if t.Cluster == "" {
		return ""
	}
	var b strings.Builder
	for _, name := range tables {
		fmt.Fprintf(&b, "DROP TABLE IF EXISTS %s %s;\n", name, t.On())
	}
	return b.String()
}

func (t Target) funcs() template.FuncMap {
	body := func(f func(from string) string, from string) func() string {
		return func() string { return f(t.Local(from)) }
	}
	return template.FuncMap{
		"local": t.Local, "on": t.On, "engine": t.engine,
		"distributed": t.distributed, "dropDistributed": t.dropDistributed,
		"slots":         func() string { return slotsDefault },
		"hostColumns":   func() string { return hostColumns },
		"scriptColumns": func() string { return scriptColumns },
		"topColumns":    func() string { return topColumns },
		"topViews": func(prefix string) []TopView {
			return TopViews(prefix, t.Local(prefix+"s"), t.Local(prefix+"_scripts"))
		},
		"passiveIdentity":      func() string { return passiveIdentity },
		"passiveDomains":       func() string { return passiveDomains },
		"passiveTargetDomains": func() string { return passiveTargetDomains },
		"passiveAllInfos":      func() string { return passiveAllInfos },
		"tables":               t.tables,
		"passiveViews":         func() []PassiveView { return PassiveViews(t.Local("passive_events")) },
		"flowsFromEvents":      body(FlowsFromEvents, "flow_events"),
		"flowsFromMetadata":    body(FlowsFromMetadata, "flow_metadata_events"),
		"metadataFromEvents":   body(MetadataFromEvents, "flow_metadata_events"),
	}
}
