// Package geography fills the tables of networks with countries, cities and autonomous systems, and the dictionaries over
// them, so that SQL can look addresses up: dictGet('geo', 'country_code', addr), dictGet('asn', 'asn', addr).
package geography

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"ivre/ingest/ipdata"
	"ivre/migrations"
	"ivre/sql/store"
)

// batchRows is how many networks are sent at once.
const batchRows = 1 << 16

// Fill replaces what the tables hold by what databases of addresses know, and returns the number of networks. Readers see
// the old networks or the new ones.
func Fill(ctx context.Context, s *store.Store, db *ipdata.DB) (uint64, error) {
	if s.Target().Cluster != "" {
		return 0, errors.New("the dictionaries cannot be filled on a cluster yet")
	}
	networks, err := db.Networks(nil)
	if err != nil {
		return 0, err
	}
	const fresh = "networks_fresh"
	exec := func(sql string) error { return s.Exec(ctx, store.Statement{SQL: sql}) }
	if err := errors.Join(exec("DROP TABLE IF EXISTS "+fresh), exec("CREATE TABLE "+fresh+" AS networks")); err != nil {
		return 0, err
	}
	n, err := insert(ctx, s, fresh, func(yield func(netip.Prefix, *ipdata.Infos) bool) { networks(yield) })
	if err == nil {
		err = exec("EXCHANGE TABLES " + fresh + " AND networks")
	}
	if err = errors.Join(err, exec("DROP TABLE IF EXISTS "+fresh)); err != nil {
		return n, fmt.Errorf("storing networks: %w", err)
	}
	_, user, password := s.HTTPAddress()
	for _, statement := range migrations.Dictionaries(s.Database(), user, password) {
		if err := exec(statement); err != nil {
			return n, fmt.Errorf("making the dictionaries: %w", err)
		}
	}
	return n, errors.Join(exec("SYSTEM RELOAD DICTIONARY geo"), exec("SYSTEM RELOAD DICTIONARY asn"))
}

func insert(ctx context.Context, s *store.Store, table string, networks func(func(netip.Prefix, *ipdata.Infos) bool)) (n uint64, err error) {
	sql := "INSERT INTO " + table + " (prefix, country_code, country_name, city, asn, as_name)"
	batch, err := s.Conn().PrepareBatch(ctx, sql)
	if err != nil {
		return 0, err
	}
	networks(func(p netip.Prefix, i *ipdata.Infos) bool {
		if err = batch.Append(mapped(p), i.CountryCode, i.CountryName, i.City, uint32(i.ASNum.N), i.ASName); err != nil {
			return false
		}
		if n++; n%batchRows == 0 {
			if err = batch.Send(); err == nil {
				batch, err = s.Conn().PrepareBatch(ctx, sql)
			}
		}
		return err == nil
	})
	if err != nil {
		return n, err
	}
	return n, batch.Send()
}

// mapped writes a network as one of IPv6: columns of addresses hold IPv4 addresses like that.
func mapped(p netip.Prefix) string {
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	return netip.AddrFrom16(p.Addr().As16()).StringExpanded() + "/" + strconv.Itoa(bits)
}
