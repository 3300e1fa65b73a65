package cli

import (
	"net/netip"

	"ivre/ingest/host"
)

// aboutAddress returns a function for lines about an address.
func (e *env) aboutAddress() func(netip.Addr) []string { return nil }

// enrich returns what records of views are told about their addresses; nil if there is nothing to tell.
func (e *env) enrich() func(netip.Addr) (*host.Object, []host.Tag) { return nil }

// cluster returns what groups routers by AS or Country; nil for no groups.
func (e *env) cluster(by string) func(netip.Addr) (id, name string) { return nil }
