package input_test

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"ivre/ingest/input"
)

func TestHash(t *testing.T) {
	ctx := context.Background()
	// FIPS 180-4's example, in one piece and byte by byte
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	for _, r := range []interface{ Read([]byte) (int, error) }{strings.NewReader("abc"), iotest.OneByteReader(strings.NewReader("abc"))} {
		sum, err := input.Hash(ctx, r)
		if got := hex.EncodeToString(sum[:]); err != nil || got != want {
			t.Errorf("%s, %v", got, err)
		}
	}
	failure := errors.New("the disk is gone")
	if _, err := input.Hash(ctx, iotest.ErrReader(failure)); !errors.Is(err, failure) {
		t.Error(err)
	}
	ended, end := context.WithCancelCause(ctx)
	end(failure)
	if _, err := input.Hash(ended, strings.NewReader("abc")); !errors.Is(err, failure) {
		t.Error("interrupted:", err)
	}
}
