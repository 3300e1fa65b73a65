package topbars

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/cli/termtext"
)

var update = flag.Bool("update", false, "write the golden files")

func write(t testing.TB, rows []Row, width int, color bool) string {
	t.Helper()
	var buf bytes.Buffer
	if err := Write(&buf, rows, width, color); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

var services = []Row{
	{"http / Apache httpd", 123456}, {"ssh / OpenSSH", 61728}, {"None / None", 15432}, {"日本語 / サーバー", 7716}, {"evil\x1b[2J\n / x", 10}, {"once", 1}, {"never", 0}, {"less", -5},
	{"http / Microsoft HTTPAPI httpd with a really long product name / 2.0", 100000}, {"http / Microsoft HTTPAPI httpd with a really long product name / 10.0", 99999},
}

func TestGolden(t *testing.T) {
	for _, tc := range []struct {
		name  string
		width int
		color bool
	}{
		{"80", 80, false}, {"default", 0, false}, {"color", 60, true}, {"200", 200, false}, {"30", 30, false}, {"narrow", 20, false}, {"tiny", 3, false},
	} {
		got := write(t, services, tc.width, tc.color)
		path := filepath.Join("testdata", tc.name+".golden")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got):\n%s", path, d)
		}
	}
}

func TestBars(t *testing.T) {
	for _, tc := range []struct {
		eighths int
		want    string
	}{{0, ""}, {1, "▏"}, {2, "▎"}, {3, "▍"}, {4, "▌"}, {5, "▋"}, {6, "▊"}, {7, "▉"}, {8, "█"}, {9, "█▏"}, {20, "██▌"}} {
		if got := string(appendBar(nil, tc.eighths, false)); got != tc.want {
			t.Errorf("%d eighths: got %q, want %q", tc.eighths, got, tc.want)
		}
	}
	if got, want := string(appendBar(nil, 8, true)), "\x1b[36m█\x1b[0m"; got != want {
		t.Errorf("in colour: got %q, want %q", got, want)
	}
}

func TestProportions(t *testing.T) {
	const max = 1<<63 - 1
	for _, tc := range []struct {
		count, largest int64
		columns, want  int
	}{
		{5, 10, 10, 40}, {10, 10, 10, 80}, {1, 1000000, 10, 1}, {0, 10, 10, 0}, {-1, 10, 10, 0}, {0, 0, 10, 0}, {max, max, 100, 800}, {max / 2, max, 100, 400}, {5, 10, 0, 0},
	} {
		if got := eighths(tc.count, tc.largest, tc.columns); got != tc.want {
			t.Errorf("%d of %d in %d columns: got %d, want %d", tc.count, tc.largest, tc.columns, got, tc.want)
		}
	}
}

// Lines fit at all widths that have room for the counts, counts are in one column, the largest bar reaches the end,
// nothing but the colours' escapes and LF is no text.
func TestFits(t *testing.T) {
	for width := 1; width < 250; width++ {
		lines := strings.Split(strings.TrimSuffix(write(t, services, width, false), "\n"), "\n")
		if len(lines) != len(services) {
			t.Fatalf("width %d: %d lines for %d rows", width, len(lines), len(services))
		}
		for i, line := range lines {
			if got := termtext.Width(line); got > max(width-1, 1+gap+len("123456")) {
				t.Errorf("width %d: %q takes %d columns", width, line, got)
			}
			if termtext.Clean(line) != line || strings.HasSuffix(line, " ") {
				t.Errorf("width %d: %q", width, line)
			}
			text, _, _ := strings.Cut(strings.TrimRight(line, "█▉▊▋▌▍▎▏"), "\n")
			text = strings.TrimRight(text, " ")
			if count := fmt.Sprint(services[i].Count); !strings.HasSuffix(text, " "+count) {
				t.Errorf("width %d: %q does not end with %s", width, text, count)
			}
			if first := strings.TrimRight(strings.TrimRight(lines[0], "█"), " "); termtext.Width(text) != termtext.Width(first) {
				t.Errorf("width %d: the count of %q is not below that of %q", width, text, first)
			}
		}
		if width > 40 && termtext.Width(lines[0]) != width-1 {
			t.Errorf("width %d: the longest line has %d columns", width, termtext.Width(lines[0]))
		}
	}
}

func TestNoRows(t *testing.T) {
	if got := write(t, nil, 80, true); got != "" {
		t.Errorf("got %q", got)
	}
}

type failing struct{}

var errClosed = errors.New("closed")

func (failing) Write([]byte) (int, error) { return 0, errClosed }

func TestWriteError(t *testing.T) {
	if err := Write(failing{}, services, 80, false); !errors.Is(err, errClosed) {
		t.Errorf("got %v", err)
	}
}
