package viewmerge

import (
	"net/netip"
	"slices"
	"testing"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

var address = netip.MustParseAddr("192.0.2.10")

// FuzzMerge merges any two records.
func FuzzMerge(f *testing.F) {
	for seed := range uint64(20) {
		g := newGenerator(seed)
		f.Add(host.Append(nil, g.host()), host.Append(nil, g.host()))
	}
	for _, test := range mergeTests {
		a, b := oldAndNew(f, test.older, test.newer)
		f.Add(host.Append(nil, a), host.Append(nil, b))
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		x, err := host.Decode(one)
		if err != nil {
			return
		}
		y, err := host.Decode(two)
		if err != nil || empty(x) || empty(y) {
			return
		}
		checkMerge(t, x, y)
	})
}

// FuzzPassive converts any passive record, and merges it with itself.
func FuzzPassive(f *testing.F) {
	var kinds []string
	for kind := range readers {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, r := range everyKind(f) {
		f.Add(uint8(max(0, slices.Index(kinds, r.Recontype))), r.Source, r.Port, r.Value, string(host.AppendValue(nil, r.Infos)))
	}
	db := testDB(f)
	f.Fuzz(func(t *testing.T, kind uint8, source string, port uint16, value, infos string) {
		r := &passive.Record{Recontype: kinds[int(kind)%len(kinds)], Source: source, Addr: address, Port: port, Value: value}
		if v, err := host.DecodeValue([]byte(infos)); err == nil {
			r.Infos, _ = v.(*host.Object)
		}
		h := FromPassive(r, PassiveOptions{Fingerprints: db, Warn: func(string) {}})
		checkMerge(t, h, h)
	})
}
