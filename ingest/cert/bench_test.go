package cert

import (
	"encoding/pem"
	"os"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	lab, err := os.ReadFile("testdata/lab.pem")
	if err != nil {
		b.Fatal(err)
	}
	block, _ := pem.Decode(lab)
	for b.Loop() {
		Parse(block.Bytes)
	}
}
