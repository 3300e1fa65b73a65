package measure

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestDiffers(t *testing.T) {
	for _, c := range []struct {
		ours, theirs string
		differ       bool
	}{
		{"[\n{\"label\": \"a\"},\n{\"label\": \"b\"}\n]\n", "[\"a\",1]\n[\"b\",2]\n", false},
		{"[\n{\"label\": \"a\"}\n]\n", "[\"a\",1]\n[\"b\",2]\n", true},
		{"[\n\n]\n", "", false},
		{"12\n", "[\"12\"]\n", false},
		{"12\n", "[12]\n", false},
		{"12\n", "[13]\n", true},
		{"{\"a\": 1}\n", "[\"x\"]\n", false},
	} {
		if err := (answer{body: []byte(c.ours)}).differs(answer{body: []byte(c.theirs)}); (err != nil) != c.differ {
			t.Errorf("%q and %q: %v", c.ours, c.theirs, err)
		}
	}
}

func TestMedian(t *testing.T) {
	times := []time.Duration{900, 5, 1, 3} // the first is for warmth
	i := -1
	a, err := median(3, func() (answer, error) {
		i++
		return answer{whole: times[i]}, nil
	})
	if err != nil || a.whole != 3 {
		t.Error(a.whole, err)
	}
}

// A file that could not be written to its end is not taken for one.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	broken := errors.New("broken")
	if _, err := File(path, func(w io.Writer) error { _, _ = io.WriteString(w, "ab"); return broken }); err != broken {
		t.Errorf("%v, want %v", err, broken)
	}
	for range 2 {
		n, err := File(path, func(w io.Writer) error {
			if _, err := os.Stat(path); err == nil {
				t.Error("the file is made again")
			}
			_, err := io.WriteString(w, "abc")
			return err
		})
		if n != 3 || err != nil {
			t.Error(n, err)
		}
	}
}

func TestFetch(t *testing.T) {
	const pause = 50 * time.Millisecond
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			time.Sleep(pause)
			_, _ = io.WriteString(w, "bc")
		case "/bad":
			http.Error(w, "why", http.StatusBadRequest)
		}
	}))
	defer ts.Close()
	get := func(path string) (answer, error) {
		req, err := http.NewRequest(http.MethodGet, ts.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return fetch(req)
	}
	if a, err := get("/slow"); err != nil || string(a.body) != "abc" || a.whole-a.first < pause/2 {
		t.Errorf("%q %v %v %v", a.body, a.first, a.whole, err)
	}
	if a, err := get("/empty"); err != nil || len(a.body) != 0 {
		t.Errorf("%q %v", a.body, err)
	}
	if _, err := get("/bad"); err == nil || err.Error() != "400 Bad Request: why\n" {
		t.Error(err)
	}
}
