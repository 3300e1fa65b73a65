package sqltext_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ivre/cli/sqltext"
)

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		statement string
		want      map[string]string
	}{
		{"SELECT 1", nil},
		{"SELECT 1 SETTINGS max_threads = 1", map[string]string{"max_threads": "1"}},
		{"SELECT 1\nsettings a=1 , b = 'x y', c = true FORMAT CSV", map[string]string{"a": "1", "b": "x y", "c": "true"}},
		{"SELECT 1 FORMAT CSV SETTINGS a = -1.5e3", map[string]string{"a": "-1.5e3"}},
		{"SELECT * FROM (SELECT 1 SETTINGS a = 1) SETTINGS b = 2", map[string]string{"b": "2"}},
		{"SELECT ' SETTINGS a = 1', \" SETTINGS a = 1\" -- SETTINGS a = 1\n /* SETTINGS a = 1 */", nil},
		{"SELECT settings FROM t", nil},
		{"SELECT mysettings, settings", nil},
		{"SELECT 1 SETTINGS a = 'it''s', b = 2", map[string]string{"a": "it"}},
		{`SELECT 1 SETTINGS a = 'x\y', b = 2`, nil},
		{"SELECT 1 SETTINGS a = [1]", nil},
		{"SELECT 1 SETTINGS", nil},
		{"SELECT ((1 SETTINGS a = 1", nil},
	} {
		if d := cmp.Diff(c.want, sqltext.Settings(c.statement), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.statement, d)
		}
	}
}

func FuzzSettings(f *testing.F) {
	f.Add("SELECT '(' SETTINGS a = 1, b = 'x'")
	f.Add("SELECT (1 SETTINGS a = 1) settings c=d")
	f.Fuzz(func(_ *testing.T, statement string) { sqltext.Settings(statement) })
}
