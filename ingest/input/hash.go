package input

import (
	"context"
	"crypto/sha256"
	"io"
)

// Hash is the SHA-256 (FIPS 180-4) of what r has up to its end. The error is that of r, or the context's cause.
func Hash(ctx context.Context, r io.Reader) (sum [32]byte, err error) {
	h := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		if ctx.Err() != nil {
			return sum, context.Cause(ctx)
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return [32]byte(h.Sum(nil)), nil
		}
		if err != nil {
			return sum, err
		}
	}
}
