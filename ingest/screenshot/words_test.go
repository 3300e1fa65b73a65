package screenshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

func TestWordsOf(t *testing.T) {
	a := strings.Repeat("a", 990)
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprintf("w%03d", i)
	}
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" \n\x0c", nil},
		{"Login: ADMIN\nlogin Password_1\x0c", []string{"login", "admin", "password_1"}},
		{"d\u00e9j\u00e0 vu \u0130x \u212a", []string{"d", "j", "vu", "x"}},
		{"a\xffb\x00c", []string{"a", "b", "c"}},
		{"10.0.0.1", []string{"10", "0", "1"}},
		{a + " 0123456789 b", []string{a, "0123456789"}},
		{a + " 01234567890 b", []string{a}},
		{a + " " + strings.ToUpper(a) + " 0123456789", []string{a, "0123456789"}},
		{"x " + strings.Repeat("b", 1001) + " y", []string{"x"}},
		{strings.Join(many, " "), many[:250]},
	} {
		if diff := cmp.Diff(tt.want, wordsOf([]byte(tt.text))); diff != "" {
			t.Errorf("%.50q (-want +got):\n%s", tt.text, diff)
		}
	}
}

func FuzzWordsOf(f *testing.F) {
	f.Add([]byte("Login: ADMIN\nlogin Password_1\x0c"))
	f.Add([]byte("d\u00e9j\u00e0 vu \u0130x \u212a \xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list := wordsOf(text)
		lower := bytes.ToLower(text)
		total := 0
		for i, w := range list {
			total += len(w)
			if w == "" || strings.IndexFunc(w, func(c rune) bool { return !isWord(c) || 'A' <= c && c <= 'Z' }) >= 0 ||
				slices.Contains(list[:i], w) || !bytes.Contains(lower, []byte(w)) {
				t.Fatalf("%q of %q", w, text)
			}
		}
		if total > maxWords {
			t.Fatal(total)
		}
	})
}

// program writes a shell script that stands in for Tesseract, and returns its path.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tesseract")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProgram(t *testing.T) {
	data := load(t, "login.png")
	for _, tt := range []struct {
		name, script string
		want         []string
		err          string // after the path of the program
	}{
		{"words", `cat > /dev/null; echo "Log in" "$@"`, []string{"log", "in", "stdin", "stdout"}, ""},
		{"complaints next to words", `cat > /dev/null; echo Warning: no >&2; echo Word`, []string{"word"}, ""},
		{"image not read", `echo Word`, []string{"word"}, ""},
		{"no words", `cat > /dev/null; printf ' \n\f'`, nil, ""},
		{"gets PNG", `head -c 4 | tail -c 3`, []string{"png"}, ""},
		{"failure", `echo Word; echo "Error opening data file" >&2; exit 1`, nil, ` failed (exit status 1): "Error opening data file"`},
		{"silent failure", `exit 3`, nil, " failed: exit status 3"},
		{"endless output", `while :; do echo again; done`, []string{"again"}, ""},
		{"too slow", `exec sleep 100`, nil, " took longer than 500ms"},
		{"too slow, and its child too", `sleep 100`, nil, " took longer than 500ms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := program(t, tt.script)
			r := New(path)
			r.words.timeout = 10 * time.Second
			if strings.HasPrefix(tt.name, "too slow") {
				r.words.timeout = 500 * time.Millisecond
			}
			var p host.Port
			err := r.Fill(t.Context(), &p, data)
			if p.Screenshot != "field" || p.ScreenData == nil {
				t.Errorf("the image is lost: %v", p)
			}
			if diff := cmp.Diff(tt.want, p.ScreenWords); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			want := ""
			if tt.err != "" {
				want = "it is kept without its words: " + path + tt.err
			}
			if got := fmt.Sprint(err); err == nil && want != "" || err != nil && (got != want || !errors.Is(err, ErrNoWords)) {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

// TestOwnThreads checks that the user's setting of threads is kept.
func TestOwnThreads(t *testing.T) {
	path := program(t, `cat > /dev/null; echo "$OMP_THREAD_LIMIT"`)
	os.Unsetenv("OMP_THREAD_LIMIT")
	for _, want := range []string{"1", "7"} {
		var p host.Port
		if err := New(path).Fill(t.Context(), &p, load(t, "login.png")); err != nil || !slices.Equal(p.ScreenWords, []string{want}) {
			t.Errorf("got %q (%v), want %s", p.ScreenWords, err, want)
		}
		t.Setenv("OMP_THREAD_LIMIT", "7")
	}
}

func TestMissingProgram(t *testing.T) {
	for _, name := range []string{"no-such-program", "/no/such/program"} {
		r := New(name)
		for i := range 3 {
			var p host.Port
			err := r.Fill(t.Context(), &p, load(t, "login.png"))
			if p.Screenshot != "field" || p.ScreenWords != nil {
				t.Errorf("got %q, words %q", p.Screenshot, p.ScreenWords)
			}
			said := errors.Is(err, ErrNoWords) && strings.Contains(err.Error(), name) && strings.Contains(err.Error(), "set TESSERACT_CMD to its path, or to None")
			if said != (i == 0) || i > 0 && err != nil {
				t.Errorf("image %d: %v", i, err)
			}
		}
	}
}

func TestGivesUp(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("COUNT", filepath.Join(dir, "count"))
	path := program(t, `echo >> "$COUNT"; test -e "$COUNT.works" && echo word && exit 0; echo Broken >&2; exit 1`)
	r := New(path)
	fill := func() error {
		var p host.Port
		err := r.Fill(t.Context(), &p, load(t, "login.png"))
		if p.Screenshot != "field" {
			t.Error("the image is lost")
		}
		return err
	}
	works := filepath.Join(dir, "count.works")
	for i := range maxFailures - 1 {
		if err := fill(); err == nil || strings.Contains(err.Error(), "from here on") {
			t.Errorf("failure %d: %v", i, err)
		}
	}
	if err := os.WriteFile(works, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := fill(); err != nil {
		t.Error(err)
	}
	os.Remove(works)
	for i := range maxFailures {
		if err := fill(); err == nil || strings.Contains(err.Error(), "from here on") != (i == maxFailures-1) {
			t.Errorf("failure %d: %v", i, err)
		}
	}
	for range 3 {
		if err := fill(); err != nil {
			t.Error(err)
		}
	}
	if runs, _ := os.ReadFile(filepath.Join(dir, "count")); len(runs) != 2*maxFailures {
		t.Errorf("it was started %d times, want %d", len(runs), 2*maxFailures)
	}
}

func TestCancelledReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	started := filepath.Join(t.TempDir(), "started")
	t.Setenv("STARTED", started)
	r := New(program(t, `: > "$STARTED"; exec sleep 100`))
	go func() {
		for {
			if _, err := os.Stat(started); err == nil {
				cancel()
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	err := r.Fill(ctx, &host.Port{}, load(t, "login.png"))
	if !errors.Is(err, context.Canceled) || r.words.failures.Load() != 0 {
		t.Errorf("got %v, %d failures", err, r.words.failures.Load())
	}
}

// TestTesseract reads words with the real program.
func TestTesseract(t *testing.T) {
	if _, err := exec.LookPath("tesseract"); err != nil {
		t.Skip("NOT TESTED: reading words needs the program tesseract (package tesseract-ocr), which is not installed")
	}
	r := New("tesseract")
	for _, name := range []string{"login.png", "progressive.jpg", "gray.jpg", "cmyk.jpg", "palette.png", "bilevel.png"} {
		var p host.Port
		if err := r.Fill(t.Context(), &p, load(t, name)); err != nil {
			t.Fatal(err)
		}
		for _, w := range []string{"windows", "server", "login", "administrator"} {
			if !slices.Contains(p.ScreenWords, w) {
				t.Errorf("%s: %q is not in %q", name, w, p.ScreenWords)
			}
		}
	}
	var p host.Port
	if err := r.Fill(t.Context(), &p, load(t, "animated.gif")); err != nil || p.Screenshot != Field {
		t.Errorf("an image without words: %q, %v", p.Screenshot, err)
	}
}
