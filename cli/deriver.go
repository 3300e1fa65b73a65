package cli

import (
	"net/netip"

	"ivre/ingest/passiveload"
)

// deriver makes what turns observations into records.
func (e *env) deriver(ignore string) (passiveload.Deriver, error) { return asGiven{}, nil }

// aboutAddress returns a function for lines about an address.
func (e *env) aboutAddress() func(netip.Addr) []string { return nil }
