package input

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"logs/b/conn.log", "logs/a.log.gz", "logs/b/.hidden", "other/x", "single"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"logs/b/link": "../../single", "logs/loop": ".", "logs/dead": "nowhere", "linked": "other",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name      string
		args      []string
		recursive bool
		want      []string
		missing   []string
	}{
		{"plain", []string{"logs", "-", "none"}, false, []string{"logs", "-", "none"}, nil},
		{"recursive", []string{"single", "logs", "-"}, true,
			[]string{"single", "logs/a.log.gz", "logs/b/.hidden", "logs/b/conn.log", "logs/b/link", "logs/dead", "-"}, nil},
		{"missing", []string{"none", "other/"}, true, []string{"other/x"}, []string{"none"}},
		{"linked folder", []string{"linked"}, true, []string{"linked/x"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got, missing []string
			for path, err := range Files(tt.args, tt.recursive) {
				if errors.Is(err, fs.ErrNotExist) {
					missing = append(missing, path)
				} else if err != nil {
					t.Error(err)
				} else {
					got = append(got, path)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.missing, missing); d != "" {
				t.Error(d)
			}
		})
	}
	for range Files([]string{"logs", "single"}, true) {
		break // must not panic
	}
}
