package migrations_test

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"testing"

	"ivre/migrations"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// TestClusterSchemaIsSQL lets the engine parse what a cluster would be given. (Running it takes several
// servers with a Keeper.)
func TestClusterSchemaIsSQL(t *testing.T) {
	db := storetest.New(t)
	files, err := fs.Glob(os.DirFS("schema"), "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile("schema/" + name)
		if err != nil {
			t.Fatal(err)
		}
		sql, err := migrations.Target{Cluster: "it's `main`"}.Render(string(text))
		if err != nil {
			t.Fatal(name, err)
		}
		statements := 0
		for _, st := range strings.Split(sql, ";\n") {
			if st = withoutComments(st); st == "" {
				continue
			}
			statements++
			if !strings.Contains(st, "ON CLUSTER") {
				t.Errorf("%s: not run on the whole cluster: %s", name, st)
			}
			if err := db.Exec(context.Background(), store.Statement{SQL: "EXPLAIN AST " + st}); err != nil {
				t.Errorf("%s: %v\n%s", name, err, st)
			}
		}
		if statements < 4 {
			t.Errorf("%s: only %d statements were found", name, statements)
		}
	}
}

func withoutComments(s string) string {
	var out []string
	for _, line := range strings.Split(s, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			out = append(out, line)
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
