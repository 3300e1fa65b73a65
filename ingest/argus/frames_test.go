package argus

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFramesChunks follows a stream that comes in chunks of every size.
func TestFramesChunks(t *testing.T) {
	b := load(t, labFile)
	for chunk := 1; chunk < 300; chunk++ {
		var f frames
		for at := 0; at < len(b); at += chunk {
			f.note(b[at:min(at+chunk, len(b))])
		}
		if !f.whole() || f.flows != 42 || f.management != 2 || f.read != int64(len(b)) {
			t.Fatalf("chunks of %d: %+v", chunk, f)
		}
	}
}

func FuzzFrames(f *testing.F) {
	b := []byte("\x83\x10\x00\x20")
	f.Add(append(b, make([]byte, 124)...), 7)
	f.Add([]byte("\x83\x10\x00\x20"), 1)
	f.Add([]byte("text"), 3)
	f.Fuzz(func(t *testing.T, data []byte, chunk int) {
		if chunk <= 0 {
			return
		}
		var whole, parts frames
		whole.note(data)
		for at := 0; at < len(data); at += chunk {
			end := len(data)
			if chunk < len(data)-at {
				end = at + chunk
			}
			parts.note(data[at:end])
			if end == len(data) {
				break
			}
		}
		if d := cmp.Diff(whole, parts, cmp.AllowUnexported(frames{})); d != "" {
			t.Error(d)
		}
	})
}
