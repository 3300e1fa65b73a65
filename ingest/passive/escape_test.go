package passive_test

import (
	"testing"

	"ivre/ingest/passive"
)

func TestUnescape(t *testing.T) {
	for s, want := range map[string]string{
		`a\x41\x0a`: "aA\n", `\r\n\t\\\0\"`: "\r\n\t\\\x00\"", `\z\`: `\z\`, `\x4`: `\x4`, `\xzz`: `\xzz`, `\x`: `\x`, "é": "é", `\xFf`: "\xff",
	} {
		if got, _ := passive.Unescape(s); string(got) != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
}
