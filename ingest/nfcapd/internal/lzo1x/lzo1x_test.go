package lzo1x

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
)

// encoder makes streams that use every instruction, and the output that they stand for.
type encoder struct {
	rng   *rand.Rand
	src   []byte
	want  []byte
	state int
}

// length appends a length field whose base is the largest value that fits into the opcode.
func (e *encoder) length(op byte, n, base int) {
	if n <= base {
		e.src = append(e.src, op|byte(n))
		return
	}
	e.src = append(e.src, op)
	for n -= base; n > 255; n -= 255 {
		e.src = append(e.src, 0)
	}
	e.src = append(e.src, byte(n))
}

func (e *encoder) literals(n int) {
	for range n {
		b := byte(e.rng.Uint32())
		e.src, e.want = append(e.src, b), append(e.want, b)
	}
}

func (e *encoder) run(n int) {
	e.length(0, n-3, 15)
	e.literals(n)
	e.state = afterRun
}

// match appends one of the instructions for a match, with the literals after it.
func (e *encoder) match() {
	next := e.rng.IntN(4)
	var n, distance int
	switch kind := e.rng.IntN(4); {
	case kind == 0 && e.state != 0:
		h := e.rng.IntN(256)
		low := e.rng.IntN(4)
		n, distance = 2, h<<2+low+1
		if e.state == afterRun {
			n, distance = 3, h<<2+low+2049
		}
		e.src = append(e.src, byte(low<<2|next), byte(h))
	case kind == 1:
		n, distance = 3+e.rng.IntN(6), 1+e.rng.IntN(2048)
		e.src = append(e.src, byte((n-1)<<5|(distance-1)&7<<2|next), byte((distance-1)>>3))
	case kind == 2:
		n, distance = 3+e.rng.IntN(e.maxLength()), 1+e.rng.IntN(16384)
		if e.rng.IntN(8) == 0 {
			distance = 16384
		}
		e.length(32, n-2, 31)
		v := (distance-1)<<2 | next
		e.src = append(e.src, byte(v), byte(v>>8))
	default:
		n, distance = 3+e.rng.IntN(e.maxLength()), 16385+e.rng.IntN(32767)
		v := distance - 16384
		e.length(16|byte(v>>14<<3), n-2, 7)
		e.src = append(e.src, byte(v<<2|next), byte(v>>6))
	}
	for range n {
		e.want = append(e.want, e.want[len(e.want)-distance])
	}
	e.literals(next)
	e.state = next
}

func (e *encoder) maxLength() int { return []int{4, 40, 700}[e.rng.IntN(3)] }

// newStream returns a random stream and what it decompresses to.
func newStream(seed uint64) (src, want []byte) {
	e := &encoder{rng: rand.New(rand.NewPCG(seed, 0))}
	if n := e.rng.IntN(238) + 1; e.rng.IntN(2) == 0 {
		e.src = append(e.src, byte(17+n))
		e.literals(n)
		// A match without literals after it, so that a run can follow: the last byte three times.
		e.src = append(e.src, 32|1, 0, 0)
		b := e.want[n-1]
		e.want = append(e.want, b, b, b)
	}
	e.run(50_000) // so that all distances are possible
	for range 200 {
		if e.state == 0 && e.rng.IntN(3) == 0 {
			e.run(4 + e.rng.IntN(e.maxLength()))
		} else {
			e.match()
		}
	}
	return append(e.src, 17, 0, 0), e.want
}

func TestDecompress(t *testing.T) {
	for seed := range uint64(300) {
		src, want := newStream(seed)
		got, err := Decompress(nil, src, len(want))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("seed %d: wrong output", seed)
		}
		if _, err := Decompress(nil, src, len(want)-1); !errors.Is(err, ErrTooLarge) {
			t.Fatalf("seed %d: error %v with too little room", seed, err)
		}
		if _, err := Decompress(nil, append(src, 0), len(want)); !errors.Is(err, ErrTrailing) {
			t.Fatalf("seed %d: error %v with a byte too many", seed, err)
		}
		cut := int(seed) * (len(src) - 1) / 300
		if _, err := Decompress(nil, src[:cut], len(want)); !errors.Is(err, ErrShort) {
			t.Fatalf("seed %d: error %v when cut at %d of %d", seed, err, cut, len(src))
		}
	}
}

func TestDecompressAppends(t *testing.T) {
	got, err := Decompress([]byte("xy"), []byte{18, 'a', 0x20 | 2, 0, 0, 17, 0, 0}, 5)
	if err != nil || string(got) != "xyaaaaa" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestDecompressErrors(t *testing.T) {
	tests := []struct {
		name string
		src  []byte
		want error
	}{
		{"empty", nil, ErrShort},
		{"literals missing", []byte{20, 1, 2}, ErrShort},
		{"length missing", []byte{0, 0, 0}, ErrShort},
		{"length too large", make([]byte, 5_000_000), ErrTooLarge},
		{"run too long", append(make([]byte, 10), bytes.Repeat([]byte{1}, 3000)...), ErrTooLarge},
		{"before the start", []byte{18, 'a', 0x40 | 4, 0}, ErrDistance},
		{"far before the start", []byte{18, 'a', 0x10 | 1, 4, 0}, ErrDistance},
		{"match too long", append([]byte{18, 'a', 0x20}, append(make([]byte, 4), 1, 0, 0)...), ErrTooLarge},
		{"more after the end", []byte{17, 0, 0, 17, 0, 0}, ErrTrailing},
	}
	for _, tt := range tests {
		if _, err := Decompress(nil, tt.src, 1000); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
		}
	}
}

func FuzzDecompress(f *testing.F) {
	// The block of a real file: after the file's header (40 bytes) and the block's (12), up to the appendix.
	file, err := os.ReadFile("../../testdata/v9-lzo.nfcapd")
	if err != nil {
		f.Fatal(err)
	}
	block := file[52:binary.LittleEndian.Uint64(file[24:])]
	if _, err := Decompress(nil, block, 1<<20); err != nil {
		f.Fatal(err)
	}
	f.Add(block)
	f.Add([]byte{18, 'a', 0x20 | 2, 0, 0, 17, 0, 0})                          // long near match
	f.Add([]byte{3, 1, 2, 3, 4, 5, 6, 0x40, 0, 4, 0, 17, 0, 0})               // run, short match
	f.Add([]byte{0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, // extended run
		17, 18, 19, 0x41, 0, 9, 1, 0, 17, 0, 0})
	f.Add([]byte{0x10, 0, 0x30, 0, 0}) // an end that has a length
	f.Fuzz(func(t *testing.T, src []byte) {
		const limit = 1 << 20
		out, err := Decompress(nil, src, limit)
		if len(out) > limit {
			t.Fatalf("%d bytes", len(out))
		}
		if err != nil {
			return
		}
		// The output can't depend on how much room there is.
		again, err := Decompress(make([]byte, 3, 100), src, len(out))
		if err != nil || !bytes.Equal(again[3:], out) {
			t.Fatalf("again: %d bytes, %v", len(again)-3, err)
		}
	})
}

func BenchmarkDecompress(b *testing.B) {
	src, want := newStream(1)
	buf := make([]byte, 0, len(want))
	b.SetBytes(int64(len(want)))
	for b.Loop() {
		if _, err := Decompress(buf, src, len(want)); err != nil {
			b.Fatal(err)
		}
	}
}
