package passivederive

import (
	"net/netip"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// DefaultBlacklistDomains are the zones whose answers are taken for those of a DNS blacklist unless told otherwise.
var DefaultBlacklistDomains = []string{"blacklist.woody.ch", "zen.spamhaus.org"}

// normaliseDNS makes the answer of a DNS blacklist a record of the address that was asked for: 2.1.0.192.<zone> says
// something about 192.0.1.2, and the answer (127.0.0.2) says what.
func (d *Deriver) normaliseDNS(r *passive.Record) {
	zones := d.BlacklistDomains
	if zones == nil {
		zones = DefaultBlacklistDomains
	}
	for _, zone := range zones {
		if !strings.HasSuffix(r.Value, zone) {
			continue
		}
		addr, rest, ok := reversedAddr(r.Value)
		if !ok {
			return
		}
		r.Recontype = "DNS_BLACKLIST"
		r.Value = ""
		if r.Addr.IsValid() {
			r.Value = r.Addr.String()
		}
		r.Addr = addr
		r.Source = rest + "-" + r.Source
		return
	}
}

// reversedAddr reads an address at the start of a name, as in names below in-addr.arpa and ip6.arpa.
func reversedAddr(name string) (addr netip.Addr, rest string, ok bool) {
	if addr, rest, ok = reversedIPv6(name); ok {
		return addr, rest, ok
	}
	return reversedIPv4(name)
}

func reversedIPv6(name string) (addr netip.Addr, rest string, ok bool) {
	const nibbles = 32
	if len(name) < 2*nibbles {
		return addr, name, false
	}
	var b [16]byte
	for i := range nibbles {
		v, ok := passive.HexDigit(name[2*i])
		if !ok || name[2*i+1] != '.' {
			return addr, name, false
		}
		b[15-i/2] |= v << (i % 2 * 4)
	}
	return netip.AddrFrom16(b).Unmap(), name[2*nibbles:], true
}

func reversedIPv4(name string) (addr netip.Addr, rest string, ok bool) {
	var b [4]byte
	rest = name
	for i := range b {
		label, _, found := strings.Cut(rest[:min(4, len(rest))], ".")
		if !found || !isDigits(label, 3) {
			return addr, name, false
		}
		n := 0
		for _, c := range []byte(label) {
			n = 10*n + int(c-'0')
		}
		if n > 255 {
			return addr, name, false
		}
		b[3-i] = byte(n)
		rest = rest[len(label)+1:]
	}
	return netip.AddrFrom4(b), rest, true
}

// domains lists a name and its parents, the name first. It is nil for what is no name for its length.
func domains(name string) host.List {
	if !passive.IsName(name) {
		return nil
	}
	names := host.Domains(name)
	out := make(host.List, len(names))
	for i, n := range names {
		out[i] = n
	}
	return out
}

// domainInfos lists the domains of an answer's names.
func (d *Deriver) domainInfos(r *passive.Record) *host.Object {
	d.checkNames(r)
	o := &host.Object{}
	for _, f := range [...]struct{ key, name string }{{"domain", r.Value}, {"domaintarget", r.TargetVal}} {
		if list := domains(f.name); list != nil {
			o.Members = append(o.Members, host.Member{Key: f.key, Value: list})
		}
	}
	return o
}

// checkNames warns of an answer's names that are too long.
func (d *Deriver) checkNames(r *passive.Record) {
	for _, name := range [...]string{r.Value, r.TargetVal} {
		if name != "" && !passive.IsName(name) {
			d.warn(r, "%.60q... is too long for a name", name)
		}
	}
}

// blacklistInfos lists the zone of a blacklist. It is what remains of the source without type, server and port.
func (d *Deriver) blacklistInfos(r *passive.Record) *host.Object {
	zone := r.Source
	for range 3 {
		i := strings.LastIndexByte(zone, '-')
		if i < 0 {
			return nil
		}
		zone = zone[:i]
	}
	if list := domains(zone); list != nil {
		return host.NewObject("domain", list)
	}
	return nil
}
