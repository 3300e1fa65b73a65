package dayplot_test

import (
	"bytes"
	"errors"
	"image/png"
	"strings"
	"testing"
	"time"

	"ivre/cli/dayplot"
)

func sample() *dayplot.Plot {
	p := &dayplot.Plot{Bucket: time.Hour}
	p.Add(3*time.Hour, "tcp/80", 1)
	p.Add(3*time.Hour, "udp/53", 4)
	p.Add(4*time.Hour, "tcp/80", 10)
	p.Add(4*time.Hour, "icmp/8", 1)
	return p
}

func TestTerminalWithoutColour(t *testing.T) {
	got, err := sample().Terminal(80, false)
	if err != nil {
		t.Fatal(err)
	}
	plots := strings.Split(strings.TrimSpace(got), "\n\n")
	if len(plots) != 3 {
		t.Fatalf("%d plots for 3 names:\n%s", len(plots), got)
	}
	for i, name := range []string{"tcp/80", "udp/53", "icmp/8"} { // by sum
		if !strings.Contains(plots[i], name) {
			t.Errorf("plot %d is not that of %s:\n%s", i, name, plots[i])
		}
	}
	if strings.Contains(got, "\x1b") {
		t.Error("there are colours")
	}
	if !strings.Contains(plots[0], "10") || !strings.Contains(plots[0], "21:00") {
		t.Errorf("axes without 10 or 21:00:\n%s", plots[0])
	}
	for _, l := range strings.Split(got, "\n") {
		if n := len([]rune(l)); n > 80 {
			t.Errorf("a line of %d columns: %s", n, l)
		}
	}
}

func TestTerminalWithColour(t *testing.T) {
	got, err := sample().Terminal(80, true)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, "\x1b") || !strings.Contains(got, "udp/53") {
		t.Errorf("no colours or no legend:\n%s", got)
	}
}

func TestManyNames(t *testing.T) {
	p := &dayplot.Plot{Bucket: time.Hour}
	for i := range 100 {
		p.Add(0, "tcp/"+string(rune('a'+i%26))+string(rune('a'+i/26)), uint64(i+1))
	}
	got, err := p.Terminal(100, true)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, "the 8 most frequent of 100") {
		t.Errorf("no word of the names left out:\n%s", got)
	}
}

func TestOddBuckets(t *testing.T) {
	for _, b := range []time.Duration{time.Second, 7 * time.Minute, 7 * 24 * time.Hour, 24 * time.Hour} {
		p := &dayplot.Plot{Bucket: b}
		p.Add(0, "x", 3)
		p.Add(24*time.Hour-time.Second, "x", 5)
		got, err := p.Terminal(80, false)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(got, "┤") {
			t.Errorf("%v: no plot:\n%s", b, got)
		}
	}
}

func TestPictures(t *testing.T) {
	var b bytes.Buffer
	if err := sample().Picture(&b, "png", "flows"); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[[3]uint32]bool{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, bl, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r, g, bl}] = true
		}
	}
	if len(colours) < 4 {
		t.Errorf("the picture has %d colours", len(colours))
	}
	b.Reset()
	if err := sample().Picture(&b, "svg", "flows"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg", "tcp/80", "udp/53", "icmp/8", "12:00"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the SVG is without %q", want)
		}
	}
}

func TestNothing(t *testing.T) {
	p := &dayplot.Plot{Bucket: time.Hour}
	if _, err := p.Terminal(80, false); !errors.Is(err, dayplot.ErrNothing) {
		t.Errorf("terminal: %v", err)
	}
	if err := p.Picture(&bytes.Buffer{}, "png", ""); !errors.Is(err, dayplot.ErrNothing) {
		t.Errorf("picture: %v", err)
	}
}

func TestFormat(t *testing.T) {
	for file, want := range map[string]string{"a.png": "png", "/x/b.SVG": "svg", "c.gif": "", "png": "", "d.png.txt": ""} {
		got, err := dayplot.Format(file)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
}
