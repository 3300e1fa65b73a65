package input

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func BenchmarkRead(b *testing.B) {
	for _, s := range samples {
		raw, err := os.ReadFile(filepath.Join("testdata", s.file))
		if err != nil {
			b.Fatal(err)
		}
		raw = bytes.Repeat(raw, 20)
		b.Run(s.file, func(b *testing.B) {
			b.SetBytes(int64(20 * len(sampleText())))
			for b.Loop() {
				f, err := Open(b.Context(), "-", Options{Stdin: bytes.NewReader(raw)})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, f); err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
	}
}
