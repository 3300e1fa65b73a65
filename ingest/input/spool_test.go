package input

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func listing(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestPathOfPlainFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("-r", []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), "-r", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if path, err := f.Path(); path != "./-r" || err != nil {
		t.Errorf("path %q, error %v", path, err)
	}
}

func TestPathOfCompressed(t *testing.T) {
	for _, s := range samples {
		dir := t.TempDir()
		f, err := Open(t.Context(), filepath.Join("testdata", s.file), Options{TempDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		f.Kind() // looking does not count as reading
		path, err := f.Path()
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := f.Path(); again != path {
			t.Errorf("a second call gives %s, the first %s", again, path)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, sampleText()) {
			t.Errorf("%s: %d bytes, error %v", s.file, len(got), err)
		}
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("others may read the copy: %v, %v", st.Mode(), err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if n := listing(t, dir); n != 0 {
			t.Errorf("%d files left after Close", n)
		}
	}
}

func TestPathOfStdin(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(t.Context(), "-", Options{Stdin: bytes.NewReader(sampleText()), TempDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	path, err := f.Path()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, sampleText()) {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
}

func TestPathOfTruncated(t *testing.T) {
	raw := readSample(t, "text.gz")
	f, err := open(t, raw[:len(raw)-100])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	path, err := f.Path()
	if !errors.Is(err, io.ErrUnexpectedEOF) || path == "" {
		t.Fatalf("path %q, error %v", path, err)
	}
	got, err := os.ReadFile(path)
	if err != nil || len(got) < 90_000 || !bytes.HasPrefix(sampleText(), got) {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
}

func TestPathAfterRead(t *testing.T) {
	f, err := Open(t.Context(), "testdata/text.gz", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.ReadFull(f, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	if path, err := f.Path(); err == nil {
		t.Errorf("path %s of a file that was begun", path)
	}
}

func TestPathWithoutTempDir(t *testing.T) {
	f, err := Open(t.Context(), "testdata/text.gz", Options{TempDir: "/nonexistent"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if path, err := f.Path(); path != "" || err == nil {
		t.Errorf("path %q, error %v", path, err)
	}
}

func TestPathCancelledLater(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	f, err := Open(ctx, "testdata/text.gz", Options{TempDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Path(); err != nil {
		t.Fatal(err)
	}
	cancel()
	for deadline := time.Now().Add(5 * time.Second); listing(t, dir) > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the copy outlives the context")
		}
		time.Sleep(time.Millisecond)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// cancelling ends the context in the middle of being read.
type cancelling struct {
	cancel func()
	n      int
}

func (c *cancelling) Read(p []byte) (int, error) {
	if c.n++; c.n == 3 {
		c.cancel()
	}
	return len(p), nil
}

func TestPathCancelledMeanwhile(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	f, err := Open(ctx, "-", Options{Stdin: &cancelling{cancel: cancel}, TempDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if path, err := f.Path(); path != "" || !errors.Is(err, context.Canceled) {
		t.Errorf("path %q, error %v", path, err)
	}
	f.Close()
	if n := listing(t, dir); n != 0 {
		t.Errorf("%d files left", n)
	}
}
