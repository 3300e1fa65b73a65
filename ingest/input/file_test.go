package input

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sampleText is what the files of testdata hold, compressed by the programs of their formats.
func sampleText() []byte {
	var b bytes.Buffer
	for i := range 1500 {
		fmt.Fprintf(&b, "line %05d of the sample that the compressing programs were given\n", i)
	}
	return b.Bytes()
}

var samples = []struct {
	file string
	want Compression
}{
	{"text.gz", Gzip},
	{"text.bz2", Bzip2},
	{"text.zst", Zstd},
	{"text.pzst", Zstd}, // starts with a skippable frame
	{"text.xz", Xz},
	{"text.blocks.xz", Xz},
	{"text.lz4", Lz4},
	{"text.legacy.lz4", Lz4},
}

// open opens a file with the given bytes under a name that says nothing of its format.
func open(t *testing.T, content []byte) (*File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(t.Context(), path, Options{TempDir: t.TempDir()})
}

func readSample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecompression(t *testing.T) {
	for _, s := range samples {
		t.Run(s.file, func(t *testing.T) {
			raw := readSample(t, s.file)
			f, err := open(t, raw)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if f.Compression() != s.want {
				t.Errorf("compression %v, want %v", f.Compression(), s.want)
			}
			if got := string(f.Peek(10)); got != "line 00000" {
				t.Errorf("Peek gives %q", got)
			}
			got, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, sampleText()) {
				t.Errorf("content differs: %d bytes", len(got))
			}
			if n := int64(len(raw)); f.Size() != n || f.Consumed() != n {
				t.Errorf("size %d, consumed %d, want %d", f.Size(), f.Consumed(), n)
			}
		})
	}
}

func TestConcatenated(t *testing.T) {
	for _, s := range samples {
		t.Run(s.file, func(t *testing.T) {
			raw := readSample(t, s.file)
			f, err := open(t, append(bytes.Clone(raw), raw...))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			got, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			if text := sampleText(); !bytes.Equal(got, append(text, text...)) {
				t.Errorf("content differs: %d bytes, want %d", len(got), 2*len(text))
			}
		})
	}
}

// TestTruncated cuts every sample at many places: what is read must be the start of the content, and
// the end must be an error, never silence.
func TestTruncated(t *testing.T) {
	text := sampleText()
	for _, s := range samples {
		t.Run(s.file, func(t *testing.T) {
			raw := readSample(t, s.file)
			most := 0
			for cut := 13; cut < len(raw); cut += 1 + len(raw)/80 {
				f, err := open(t, raw[:cut])
				if err != nil {
					if !errors.Is(err, io.ErrUnexpectedEOF) {
						t.Errorf("cut at %d: Open: %v", cut, err)
					}
					continue
				}
				got, err := io.ReadAll(f)
				f.Close()
				if s.file == "text.pzst" && err == nil && len(got) < len(text) {
					continue // between two frames, where a file may end
				}
				if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "end too early") {
					t.Errorf("cut at %d of %d: error %v", cut, len(raw), err)
				}
				if !bytes.HasPrefix(text, got) {
					t.Errorf("cut at %d: not the start of the content", cut)
				}
				most = max(most, len(got))
			}
			single := s.want == Zstd || s.want == Bzip2 || s.file == "text.legacy.lz4" // one block each
			if most < len(text)/2 && !single {
				t.Errorf("at most %d bytes of a cut file can be read", most)
			}
		})
	}
}

func TestDamaged(t *testing.T) {
	for _, s := range samples {
		t.Run(s.file, func(t *testing.T) {
			raw := readSample(t, s.file)
			raw[len(raw)/2] ^= 0x55
			f, err := open(t, raw)
			if err == nil {
				defer f.Close()
				_, err = io.Copy(io.Discard, f)
			}
			if s.file == "text.legacy.lz4" {
				return // has no checksum: damage may go unnoticed
			}
			if err == nil || !strings.Contains(err.Error(), "input: the "+s.want.String()+" data ") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.log")
	hollow := filepath.Join(dir, "hollow.gz")
	for path, content := range map[string]string{
		empty:  "",
		hollow: "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		is   error
		text string
	}{
		{filepath.Join(dir, "none.log"), fs.ErrNotExist, "none.log does not exist"},
		{dir, ErrDirectory, dir + " is a folder; a file is needed"},
		{empty, ErrEmpty, "empty.log is empty"},
		{hollow, ErrEmpty, "hollow.gz is empty once decompressed"},
		{"-", ErrEmpty, "standard input is empty"},
	} {
		_, err := Open(t.Context(), tt.name, Options{Stdin: strings.NewReader("")})
		if !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("Open(%s): %v, want %q", tt.name, err, tt.text)
		}
	}
}

type brokenReader struct{ n int }

func (b *brokenReader) Read(p []byte) (int, error) {
	if b.n == 0 {
		return 0, errors.New("disk on fire")
	}
	n := min(b.n, len(p))
	copy(p[:n], strings.Repeat("x", n))
	b.n -= n
	return n, nil
}

func TestReadError(t *testing.T) {
	gz := readSample(t, "text.gz")
	for name, src := range map[string]io.Reader{
		"plain": &brokenReader{n: 500_000},
		"gzip":  io.MultiReader(bytes.NewReader(gz[:2000]), &brokenReader{}),
	} {
		f, err := Open(t.Context(), "-", Options{Stdin: src})
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, f)
		if err == nil || err.Error() != "reading standard input: disk on fire" || n == 0 {
			t.Errorf("%s: %d bytes, error %v", name, n, err)
		}
	}
}

func TestStdinIsDecompressed(t *testing.T) {
	f, err := Open(t.Context(), "-", Options{Stdin: bytes.NewReader(readSample(t, "text.xz"))})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, sampleText()) || f.Size() != -1 {
		t.Errorf("%d bytes, size %d, error %v", len(got), f.Size(), err)
	}
}

func TestRedirectedSize(t *testing.T) {
	file, err := os.Open("testdata/text.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f, err := Open(t.Context(), "-", Options{Stdin: file})
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(len(readSample(t, "text.gz"))); f.Size() != want {
		t.Errorf("size %d, want %d", f.Size(), want)
	}
}

func TestCancelledRead(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	f, err := Open(ctx, "testdata/text.gz", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	why := errors.New("interrupted")
	cancel(why)
	if _, err := f.Read(make([]byte, 10)); err != why {
		t.Errorf("error %v", err)
	}
}

func TestXzDictionary(t *testing.T) {
	raw := readSample(t, "text.xz")
	if got := xzDictionary(raw[:headSize]); got != 8<<20 {
		t.Errorf("dictionary of %d bytes, want that of xz -6, 8 MiB", got)
	}
	if got := xzDictionary(readSample(t, "text.blocks.xz")[:headSize]); got != 8<<20 {
		t.Errorf("dictionary of %d bytes behind the sizes of the block", got)
	}
	const at = 12 + 4 // filter 0x21, one byte of properties, the dictionary
	if raw[12+2] != 0x21 {
		t.Fatalf("no LZMA2 filter at its place: % x", raw[:24])
	}
	raw[at] = 40
	_, err := open(t, raw)
	if err == nil || !strings.Contains(err.Error(), "4095 MiB") {
		t.Errorf("a dictionary of 4 GiB: %v", err)
	}
}

func TestKind(t *testing.T) {
	for _, tt := range []struct {
		head string
		want Kind
		name string
	}{
		{"\x0c\xa5\x01\x00", NetFlow, "netflow"},
		{"\x0c\xa5\x02\x00rest", NetFlow, "netflow"},
		{"\x0c\xa5\x03\x00", Unknown, "unknown"},
		{"\x83\x10\x00\x20\x00", Argus, "argus"},
		{"\x83\x10\x00", Unknown, "unknown"},
		{"Feb  4 05:30:11 gw kernel:", Unknown, "unknown"},
		{"", Unknown, "unknown"},
	} {
		if got := Detect([]byte(tt.head)); got != tt.want || got.String() != tt.name {
			t.Errorf("Detect(%q) = %v, want %v", tt.head, got, tt.want)
		}
	}
	for name, want := range map[string]Kind{"lab.argus": Argus, "lab.nfcapd": NetFlow} {
		f, err := Open(t.Context(), filepath.Join("../../samples", name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Kind(); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
		f.Close()
	}
}

func TestShortInputs(t *testing.T) {
	for _, content := range []string{"\x1f", "B", "BZh9", "BZh is how this text starts", "x\n", "\x50\x2a\x4d"} {
		f, err := open(t, []byte(content))
		if err != nil {
			t.Errorf("%q: %v", content, err)
			continue
		}
		got, err := io.ReadAll(f)
		if string(got) != content || err != nil {
			t.Errorf("%q: %q, %v", content, got, err)
		}
		f.Close()
	}
}

func FuzzOpen(f *testing.F) {
	for _, s := range samples {
		raw, err := os.ReadFile(filepath.Join("testdata", s.file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw[:min(len(raw), 600)])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := Open(t.Context(), "-", Options{Stdin: bytes.NewReader(raw)})
		if err != nil {
			return
		}
		defer file.Close()
		file.Kind()
		io.Copy(io.Discard, io.LimitReader(file, 1<<20))
		if n := file.Consumed(); n > int64(len(raw)) {
			t.Errorf("consumed %d of %d bytes", n, len(raw))
		}
	})
}
