package screenshot

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

// addr compares addresses, of which there are none here.
var addr = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestGolden compares with a computation by another program, in testdata/golden.txt.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.[pjg][npi][gf]")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(load(t, "golden.txt"))) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		seen++
		t.Run(name, func(t *testing.T) {
			data := load(t, name)
			f, size, err := check(data)
			if err != nil {
				t.Fatal(err)
			}
			flat, err := flatten(t.Context(), f, size, data)
			if err != nil {
				t.Fatal(err)
			}
			box := content(flat)
			got := fmt.Sprintf("%d %d  %d %d %d %d", size.X, size.Y, box.Min.X, box.Min.Y, box.Max.X, box.Max.Y)
			if box.Empty() {
				got = fmt.Sprintf("%d %d  empty", size.X, size.Y)
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			var p host.Port
			if err := New("").Fill(t.Context(), &p, data); err != nil {
				t.Fatal(err)
			}
			checkPort(t, &p, data, size, box)
		})
	}
	if seen != len(files) {
		t.Errorf("%d images in testdata, %d in golden.txt", len(files), seen)
	}
}

// checkPort checks a port that was filled from an image of which box is to be left.
func checkPort(t *testing.T, p *host.Port, data []byte, size image.Point, box image.Rectangle) {
	t.Helper()
	switch {
	case box.Empty():
		if diff := cmp.Diff(host.Port{Screenshot: "empty"}, *p, addr); diff != "" {
			t.Errorf("a blank image (-want +got):\n%s", diff)
		}
	case box.Max.Sub(box.Min) == size:
		if diff := cmp.Diff(host.Port{Screenshot: "field", ScreenData: data}, *p, addr); diff != "" {
			t.Errorf("an image without borders (-want +got):\n%s", diff)
		}
	default:
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(p.ScreenData))
		if err != nil || p.Screenshot != "field" || image.Pt(cfg.Width, cfg.Height) != box.Max.Sub(box.Min) {
			t.Errorf("got %q, %d x %d pixels (%v), want a JPEG of %v", p.Screenshot, cfg.Width, cfg.Height, err, box)
		}
	}
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withRect is a white image with a black rectangle, which includes its end.
func withRect(w, h, x0, y0, x1, y1 int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if x < x0 || x > x1 || y < y0 || y > y1 {
				img.SetGray(x, y, color.Gray{0xff})
			}
		}
	}
	return img
}

// TestTrim has the vectors: 100 x 80 pixels, with a rectangle in the middle, none, and one near the borders.
func TestTrim(t *testing.T) {
	for _, tt := range []struct {
		x0, y0, x1, y1 int
		want           string // "empty", "kept", or the size
	}{
		{30, 30, 50, 40, "41 x 31"},
		{200, 200, 200, 200, "empty"},
		{2, 2, 97, 77, "kept"},
		{10, 10, 89, 69, "kept"},
		{11, 10, 89, 69, "99 x 80"},
		{10, 10, 89, 68, "100 x 79"},
		{0, 0, 0, 0, "11 x 11"},
		{99, 79, 99, 79, "11 x 11"},
		{50, 0, 50, 79, "21 x 80"},
	} {
		data := pngOf(t, withRect(100, 80, tt.x0, tt.y0, tt.x1, tt.y1))
		var p host.Port
		if err := New("").Fill(t.Context(), &p, data); err != nil {
			t.Fatal(err)
		}
		got := p.Screenshot
		if got == "field" {
			cfg, kind, err := image.DecodeConfig(bytes.NewReader(p.ScreenData))
			if err != nil {
				t.Fatal(err)
			}
			switch got = fmt.Sprintf("%d x %d", cfg.Width, cfg.Height); {
			case bytes.Equal(p.ScreenData, data):
				got = "kept"
			case kind != "jpeg":
				t.Errorf("cut images are %s, want jpeg", kind)
			}
		}
		if got != tt.want {
			t.Errorf("rectangle %v: got %s, want %s", tt, got, tt.want)
		}
	}
}

// TestCutShowsTheSame checks that it is the right part that is left.
func TestCutShowsTheSame(t *testing.T) {
	var p host.Port
	if err := New("").Fill(t.Context(), &p, load(t, "v27-cut.png")); err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(p.ScreenData))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		x, y int
		dark bool
	}{{10, 10, true}, {30, 20, true}, {20, 15, true}, {7, 15, false}, {33, 15, false}, {20, 7, false}, {20, 23, false}} {
		if y := color.GrayModel.Convert(img.At(tt.x, tt.y)).(color.Gray).Y; (y < 0x80) != tt.dark {
			t.Errorf("pixel %d,%d has brightness %d", tt.x, tt.y, y)
		}
	}
}

func TestFillAgain(t *testing.T) {
	r := New("")
	first, second := load(t, "v27-kept.png"), pngOf(t, withRect(30, 30, 5, 5, 20, 20))
	var p host.Port
	for _, step := range []struct {
		data []byte
		want host.Port
	}{
		{load(t, "v27-empty.png"), host.Port{Screenshot: "empty"}},
		{first, host.Port{Screenshot: "field", ScreenData: first}},
		{load(t, "v27-empty.png"), host.Port{Screenshot: "field", ScreenData: first}},
		{second, host.Port{Screenshot: "field", ScreenData: second}},
	} {
		if err := r.Fill(t.Context(), &p, step.data); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, p, addr); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// pngHead is the start of a PNG image of some size.
func pngHead(w, h uint32) []byte {
	chunk := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	chunk = append(chunk, 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

func TestHostileImages(t *testing.T) {
	login, progressive, animated := load(t, "login.png"), load(t, "progressive.jpg"), load(t, "animated.gif")
	noScreen := bytes.Clone(animated)
	copy(noScreen[6:], "\x00\x00\x00\x00")
	wide := bytes.Clone(progressive)
	sof := bytes.Index(wide, []byte("\xff\xc2"))
	copy(wide[sof+5:], "\xff\xff\xff\xff")
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "it is left out: it has no data"},
		{"text", []byte("GET / HTTP/1.1\r\n"), "it is left out: it is not a JPEG, PNG or GIF image"},
		{"BMP", []byte("BM\x00\x00"), "it is left out: it is not a JPEG, PNG or GIF image"},
		{"list of files", []byte("/etc/passwd\n"), "it is left out: it is not a JPEG, PNG or GIF image"},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "it is left out: it is not a JPEG, PNG or GIF image"},
		{"magic only", []byte("\xff\xd8\xff"), "it is left out: it is damaged: unexpected EOF"},
		{"magic, then text", []byte("GIF89a<script>alert(1)</script>"), "it is left out: it has 29500 x 29283 pixels, more than the limit"},
		{"truncated PNG", login[:len(login)/2], "it is left out: it is damaged: png: invalid format: not enough pixel data"},
		{"truncated JPEG", progressive[:len(progressive)/2], "it is left out: it is damaged: invalid JPEG format"},
		{"truncated GIF", animated[:len(animated)/2], "it is left out: it is damaged"},
		{"PNG bomb", pngHead(60000, 60000), "it is left out: it has 60000 x 60000 pixels, more than the limit of 33554432, or of 65535 for a side"},
		{"PNG of maximal size", pngHead(1<<31-1, 1<<31-1), "it is left out: it is damaged: png: unsupported feature: dimension overflow"},
		{"thin PNG", pngHead(65536, 1), "it is left out: it has 65536 x 1 pixels, more than the limit"},
		{"JPEG bomb", wide, "it is left out: it has 65535 x 65535 pixels, more than the limit"},
		{"GIF without pixels", noScreen, "it is left out: it has no pixels"},
		{"too long", append(bytes.Clone(login), make([]byte, maxFile)...), "it is left out: it has 16788827 bytes, more than the limit of 16777216"},
	} {
		p := host.Port{Port: 80, Screenshot: "field", ScreenData: []byte{1}}
		want := p
		err := New("no-such-program").Fill(t.Context(), &p, tt.data)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
		if diff := cmp.Diff(want, p, addr); diff != "" {
			t.Errorf("%s: the port was changed (-want +got):\n%s", tt.name, diff)
		}
	}
}

// manyScans is a progressive JPEG in which a scan comes over and over: the decoder goes over all pixels each time.
func manyScans(t testing.TB, n int) []byte {
	data := load(t, "progressive.jpg")
	start := bytes.LastIndex(data, []byte("\xff\xda"))
	head := bytes.Clone(data[:start])
	scan := data[start : len(data)-2]
	return append(append(head, bytes.Repeat(scan[:10], n)...), 0xff, 0xd9)
}

// TestEnds checks that decoding ends with the context, in the middle of an image too.
func TestEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	frames := &gif.GIF{}
	for range 200 {
		frames.Image = append(frames.Image, image.NewPaletted(image.Rect(0, 0, 500, 500), color.Palette{color.Black, color.White}))
		frames.Delay = append(frames.Delay, 1)
	}
	var long bytes.Buffer
	if err := gif.EncodeAll(&long, frames); err != nil {
		t.Fatal(err)
	}
	in := &untilDone{ctx, bytes.NewReader(long.Bytes())}
	if _, err := in.Read(make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := gif.Decode(in); err == nil || !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("decoding went on: %v", err)
	}
	for name, data := range map[string][]byte{"gif": long.Bytes(), "jpeg": manyScans(t, 1000), "png": load(t, "login.png")} {
		var p host.Port
		if err := New("").Fill(ctx, &p, data); err == nil || !strings.Contains(err.Error(), "context canceled") || p.Screenshot != "" {
			t.Errorf("%s: got %v, %q", name, err, p.Screenshot)
		}
	}
}

// TestBudget checks that what is decoded at a time is bounded, and given back.
func TestBudget(t *testing.T) {
	r := New("")
	for _, data := range [][]byte{load(t, "login.png"), load(t, "login.png")[:2000], load(t, "v27-empty.png")} {
		_ = r.Fill(t.Context(), &host.Port{}, data) // the second is damaged
	}
	if !r.budget.TryAcquire(maxPixels) {
		t.Fatal("pixels were not given back")
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Fill(ctx, &host.Port{}, load(t, "login.png")) }()
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("without a budget: %v", err)
	}
}

// FuzzFill feeds images, most of them damaged.
func FuzzFill(f *testing.F) {
	files, err := filepath.Glob("testdata/*.[pjg][npi][gf]")
	if err != nil || len(files) == 0 {
		f.Fatal("no images", err)
	}
	for _, name := range files {
		f.Add(load(f, filepath.Base(name)))
	}
	f.Add(pngHead(60000, 60000))
	f.Add(manyScans(f, 20))
	r := New("")
	f.Fuzz(func(t *testing.T, data []byte) {
		_, size, err := check(data)
		if err == nil && size.X*size.Y > 1<<18 {
			t.Skip("larger ones only take longer")
		}
		var p host.Port
		if err := r.Fill(context.Background(), &p, data); err != nil {
			if p.Screenshot != "" || p.ScreenData != nil || len(err.Error()) > 500 {
				t.Fatalf("%q, %d bytes, in spite of %v", p.Screenshot, len(p.ScreenData), err)
			}
			return
		}
		if p.Screenshot == Empty && p.ScreenData == nil {
			return
		}
		f, got, err := check(p.ScreenData)
		if err != nil || p.Screenshot != Field || got.X > size.X || got.Y > size.Y {
			t.Fatalf("%q of %v from %v: %v", p.Screenshot, got, size, err)
		}
		if _, err := flatten(context.Background(), f, got, p.ScreenData); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkFill(b *testing.B) {
	for _, name := range []string{"login.png", "progressive.jpg"} {
		data := load(b, name)
		b.Run(name, func(b *testing.B) {
			r := New("")
			for b.Loop() {
				if err := r.Fill(b.Context(), &host.Port{}, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	img := image.NewRGBA(image.Rect(0, 0, 1920, 1080))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	img.Set(900, 500, color.Black)
	b.Run("content", func(b *testing.B) {
		b.SetBytes(int64(len(img.Pix)))
		for b.Loop() {
			if content(img).Empty() {
				b.Fatal("empty")
			}
		}
	})
}
