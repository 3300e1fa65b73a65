package screenshot_test

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/ingest/nmapscript"
	"ivre/ingest/screenshot"
)

var addr = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func image(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, data []byte, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPipeline goes the whole way, from the results of scripts.
func TestPipeline(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scan")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	kept := image(t, "v27-kept.png")
	for _, name := range []string{"a.png", "b.JPG", "../a.png", "a.txt", ".png", "with blank.gif", "a.png.exe"} {
		write(t, kept, dir, name)
	}
	write(t, image(t, "v27-empty.png"), dir, "blank.jpeg")
	field, empty := host.Port{Screenshot: "field", ScreenData: kept}, host.Port{Screenshot: "empty"}
	for _, tt := range []struct {
		id, output string
		want       host.Port
		warnings   int
	}{
		{"http-screenshot", "\n  Saved to a.png\n", field, 0},
		{"http-screenshot", "\n  Saved to with blank.gif  \n", field, 0},
		{"vnc-screenshot", "\n  Saved to blank.jpeg", empty, 0},
		{"rtsp-screenshot", " Saved rtsp://x to b.JPG", field, 0},
		{"http-screenshot", "Saved to ../a.png", host.Port{}, 1},
		{"http-screenshot", "Saved to " + filepath.Join(dir, "a.png"), host.Port{}, 1},
		{"http-screenshot", `Saved to ..\a.png`, host.Port{}, 1},
		{"http-screenshot", "Saved to a.txt", host.Port{}, 1},
		{"http-screenshot", "Saved to .png", host.Port{}, 1},
		{"http-screenshot", "Saved to a.png.exe", host.Port{}, 1},
		{"x11-screenshot", "Saved to missing.png", host.Port{}, 0},
		{"rdp-screenshot", "ERROR: no", host.Port{}, 0},
	} {
		var warnings []string
		warn := func(msg string) { warnings = append(warnings, msg) }
		pl := nmapscript.Pipeline{Warn: warn, Screenshot: screenshot.New("").In(t.Context(), warn, dir)}
		var h host.Host
		var p host.Port
		pl.Apply(&h, &p, host.Script{ID: tt.id, Output: tt.output, HasOutput: true})
		if diff := cmp.Diff(tt.want, p, addr); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", tt.id, tt.output, diff)
		}
		if len(warnings) != tt.warnings {
			t.Errorf("%s %q: warnings %q, want %d", tt.id, tt.output, warnings, tt.warnings)
		}
	}
}

// TestNames checks names without the checks of who calls.
func TestNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "scan")
	if err := os.MkdirAll(filepath.Join(dir, "sub.png"), 0o700); err != nil {
		t.Fatal(err)
	}
	data := image(t, "v27-kept.png")
	write(t, data, dir, "..", "a.png")
	write(t, data, dir, "sub.png", "a.png")
	for _, name := range []string{
		"", ".", "..", ".png", "a", "a.", "a.bmp", "a.png ", "../a.png", "sub.png/a.png", "./sub.png/a.png", filepath.Join(dir, "..", "a.png"),
		`..\a.png`, `C:\a.png`, "a.png\x00.jpg", "\x00.png", "sub.png/", "/dev/zero", "file:///a.png",
	} {
		var warnings []string
		p := host.Port{Protocol: "tcp", Port: 80}
		screenshot.New("").In(t.Context(), func(msg string) { warnings = append(warnings, msg) }, dir)(&p, name)
		if p.Screenshot != "" || len(warnings) != 1 || !strings.Contains(warnings[0], "is not the name of a .jpg, .jpeg, .png or .gif file without a folder") ||
			!strings.HasPrefix(warnings[0], "port tcp/80: screenshot ") {
			t.Errorf("%q: %q, warnings %q", name, p.Screenshot, warnings)
		}
	}
}

// place makes the folders of TestPlaces: "scan" is the report's, "other" is not.
func place(t *testing.T) (scan, other string) {
	t.Helper()
	root := t.TempDir()
	scan, other = filepath.Join(root, "scan"), filepath.Join(root, "other")
	for _, dir := range []string{scan, other, filepath.Join(scan, "sub"), filepath.Join(scan, "folder.png")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	data := image(t, "v27-kept.png")
	for _, path := range []string{"scan/here.png", "scan/sub/below.png", "other/there.png", "other/out.png", "secret.png"} {
		write(t, data, root, path)
	}
	write(t, []byte("<html>"), scan, "page.png")
	write(t, nil, scan, "nothing.png")
	write(t, nil, scan, "huge.png")
	if err := os.Truncate(filepath.Join(scan, "huge.png"), 1<<40); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(scan, "pipe.png"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"inside.png": "here.png", "deeper.png": "sub/below.png", "chain.png": "inside.png", "out.png": "../secret.png",
		"device.png": "/dev/zero", "dangling.png": "nowhere.png", "loop.png": "loop.png", "back.png": "../scan/here.png",
		"up": "..", "viaup.png": "up/secret.png", "topipe.png": "pipe.png",
	} {
		if err := os.Symlink(target, filepath.Join(scan, name)); err != nil {
			t.Fatal(err)
		}
	}
	return scan, other
}

func TestPlaces(t *testing.T) {
	scan, other := place(t)
	for _, tt := range []struct {
		name string
		dirs []string
		want bool
		warn string // part of the warning
	}{
		{"here.png", []string{scan}, true, ""},
		{"inside.png", []string{scan}, true, ""},
		{"deeper.png", []string{scan}, true, ""},
		{"chain.png", []string{scan}, true, ""},
		{"there.png", []string{scan}, false, ""},
		{"there.png", []string{scan, other}, true, ""},
		{"here.png", nil, false, ""},
		{"here.png", []string{""}, false, ""},
		{"here.png", []string{"", scan, scan + "/"}, true, ""},
		{"here.png", []string{filepath.Join(scan, "no-such-folder"), scan}, true, ""},
		{"out.png", []string{scan}, false, "it is left out: it is a link, and links are followed inside of " + scan + " only"},
		{"out.png", []string{scan, scan + "/."}, false, "it is a link"}, // said once
		{"out.png", []string{scan, other}, true, "it is a link"},
		{"viaup.png", []string{scan}, false, "it is a link"},
		{"back.png", []string{scan}, false, "it is a link"},
		{"device.png", []string{scan}, false, "it is a link"},
		{"loop.png", []string{scan}, false, "it is a link"},
		{"dangling.png", []string{scan}, false, ""},
		{"folder.png", []string{scan}, false, "it is left out: it is not a regular file"},
		{"pipe.png", []string{scan}, false, "it is left out: it is not a regular file"},
		{"topipe.png", []string{scan}, false, "it is left out: it is not a regular file"},
		{"nothing.png", []string{scan}, false, "it is left out: it has no data"},
		{"huge.png", []string{scan}, false, "it is left out: it has 1099511627776 bytes, more than the limit of 16777216"},
		{"page.png", []string{scan}, false, "it is left out: it is not a JPEG, PNG or GIF image"},
	} {
		var warnings []string
		p := host.Port{Port: host.HostScripts}
		screenshot.New("").In(t.Context(), func(msg string) { warnings = append(warnings, msg) }, tt.dirs...)(&p, tt.name)
		if (p.Screenshot == "field") != tt.want {
			t.Errorf("%s in %q: %q, want an image: %t", tt.name, tt.dirs, p.Screenshot, tt.want)
		}
		ok := len(warnings) == 0
		if tt.warn != "" {
			ok = len(warnings) == 1 && strings.HasPrefix(warnings[0], `host scripts: screenshot "`+tt.name+`": `) && strings.Contains(warnings[0], tt.warn)
		}
		if !ok {
			t.Errorf("%s in %q: warnings %q, want %q", tt.name, tt.dirs, warnings, tt.warn)
		}
	}
}

// TestUses checks that a report can't multiply an image, whatever the number of goroutines.
func TestUses(t *testing.T) {
	scan, _ := place(t)
	var mu sync.Mutex
	var warnings []string
	take := screenshot.New("").In(t.Context(), func(msg string) {
		mu.Lock()
		defer mu.Unlock()
		warnings = append(warnings, msg)
	}, scan)
	ports := make([]host.Port, 40)
	var wg sync.WaitGroup
	for i := range ports {
		wg.Go(func() {
			take(&ports[i], "missing.png")
			take(&ports[i], "here.png")
		})
	}
	wg.Wait()
	filled := 0
	for i := range ports {
		if ports[i].Screenshot == "field" {
			filled++
		}
	}
	if filled != 16 || len(warnings) != 1 || !strings.Contains(warnings[0], `"here.png": it is left out from here on: 16 results of the report had it already`) {
		t.Errorf("%d ports were filled, warnings %q", filled, warnings)
	}
	var p host.Port
	if take(&p, "inside.png"); p.Screenshot != "field" {
		t.Error("another name is left out too")
	}
}

func TestCancelled(t *testing.T) {
	scan, _ := place(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var p host.Port
	screenshot.New("").In(ctx, func(msg string) { t.Error(msg) }, scan)(&p, "here.png")
	if p.Screenshot != "" {
		t.Error("read after the end")
	}
	screenshot.New("").In(t.Context(), nil, scan)(&p, "pipe.png") // nobody to warn
}
