package passivederive

import (
	"fmt"
	"strings"
	"sync"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// DefaultCacheBytes is how much memory a Deriver keeps results in unless it is told otherwise.
const DefaultCacheBytes = 32 << 20

// Deriver normalises observations and derives what is known from them. Its fields are set before it is used, and then left
// alone; after that it can be used from several goroutines. The zero value recognises neither services nor Nmap's probes.
type Deriver struct {
	// Probes tells services by what they answer; nil for none. See fingerprint.Default.
	Probes *fingerprint.DB
	// Scanners tells scanners by what they send; nil for those that are known without Nmap's files. See DefaultScanners.
	Scanners *Scanners
	// BlacklistDomains are the zones of DNS blacklists; nil for DefaultBlacklistDomains.
	BlacklistDomains []string
	// Ignore says which observations are dropped; nil for none.
	Ignore *Ignore
	// Warn is called, from any goroutine, for observations that are not what they should be; nil if nobody wants to know.
	Warn func(string)
	// CacheBytes bounds the memory for results that took long to derive; DefaultCacheBytes if 0, no memory if negative.
	CacheBytes int

	once  sync.Once
	cache *cache
}

func (d *Deriver) warn(r *passive.Record, format string, args ...any) {
	if d.Warn != nil {
		d.Warn(fmt.Sprintf("%.40s %.40s: ", r.Recontype, r.Source) + fmt.Sprintf(format, args...))
	}
}

// Normalise brings an observation into the form that is stored and passes it to emit: not at all if it is to be ignored or
// cannot be used, else once, or twice if it is an NTLM message in an HTTP header, whose flags are a record of their own.
// The record is changed; it gets Infos with what the normal form does not hold any more, to be completed by Infos. The
// error is that of emit.
func (d *Deriver) Normalise(r *passive.Record, emit func(*passive.Record) error) error {
	if d.Ignore.Match(r) {
		return nil
	}
	switch r.Recontype {
	case "HTTP_CLIENT_HEADER", "HTTP_CLIENT_HEADER_SERVER", "HTTP_SERVER_HEADER":
		return d.normaliseHeader(r, emit)
	case "TCP_SERVER_BANNER":
		d.normaliseBanner(r)
	case "TCP_CLIENT_BANNER", "TCP_HONEYPOT_HIT":
		d.findScanner(r, "tcp")
	case "UDP_HONEYPOT_HIT":
		d.findScanner(r, "udp")
	case "STUN_HONEYPOT_REQUEST":
		r.Value = escape(d.bytes(r))
	case "SSL_CLIENT", "SSL_SERVER":
		d.normaliseTLS(r)
	case "SSH_CLIENT_HASSH", "SSH_SERVER_HASSH":
		setRaw(r, r.Value)
		r.Value = md5Hex(r.Value)
	case "SSH_SERVER_HOSTKEY":
		r.Value = d.keyValue(r)
	case "DNS_ANSWER":
		d.normaliseDNS(r)
	}
	return emit(r)
}

// Infos derives what is known from a normalised observation and sets it, together with what the record has already, as
// its Infos. It is nil if nothing is known. The object and what is in it may be shared between records, and must not be
// changed; the order of members does not depend on the observation.
func (d *Deriver) Infos(r *passive.Record) {
	derived := d.derive(r)
	switch {
	case derived.Len() == 0:
		if r.Infos.Len() == 0 {
			r.Infos = nil
		}
	case r.Infos.Len() == 0:
		r.Infos = derived
	default:
		o := &host.Object{Members: make([]host.Member, 0, r.Infos.Len()+derived.Len())}
		for _, m := range r.Infos.Members {
			if _, ok := derived.Get(m.Key); !ok {
				o.Members = append(o.Members, m)
			}
		}
		o.Members = append(o.Members, derived.Members...)
		r.Infos = o
	}
}

// derive returns what is derived from a record.
func (d *Deriver) derive(r *passive.Record) *host.Object {
	if f := d.costly(r); f != nil {
		return f(r)
	}
	switch r.Recontype {
	case "HTTP_CLIENT_HEADER", "HTTP_CLIENT_HEADER_SERVER", "HTTP_SERVER_HEADER":
		return d.headerInfos(r)
	case "NTLM_NEGOTIATE", "NTLM_CHALLENGE", "NTLM_AUTHENTICATE", "SMB":
		return d.pairInfos(r, r.Value, false)
	case "NTLM_CLIENT_FLAGS", "NTLM_SERVER_FLAGS":
		return d.pairInfos(r, r.Value, true)
	case "DNS_ANSWER":
		return d.domainInfos(r)
	case "DNS_BLACKLIST":
		return d.blacklistInfos(r)
	case "SSH_CLIENT_HASSH", "SSH_SERVER_HASSH":
		return rawInfos(r.Infos)
	case "SSL_CLIENT", "SSL_SERVER":
		return d.tlsInfos(r)
	}
	return nil
}

// costly returns what derives the information of a record if that takes long and depends on the record's kind, source and
// value only; else nil.
func (d *Deriver) costly(r *passive.Record) func(*passive.Record) *host.Object {
	switch r.Recontype {
	case "TCP_SERVER_BANNER":
		return d.bannerInfos
	case "SSH_CLIENT", "SSH_SERVER":
		return d.sshInfos
	case "SSH_SERVER_HOSTKEY":
		return d.hostKeyInfos
	case "HTTP_SERVER_HEADER":
		if r.Source == "SERVER" {
			return d.serverInfos
		}
	case "SSL_CLIENT", "SSL_SERVER":
		if r.Source == "cert" || r.Source == "cacert" {
			return d.certInfos
		}
	}
	return nil
}

// Derive does what Infos does, but appends what is stored of the information to dst as JSON (see passive.StoredInfos), and
// leaves the record as it is. Nothing is appended if there is nothing. What took long to derive is remembered.
func (d *Deriver) Derive(dst []byte, r *passive.Record) ([]byte, passive.InfoTexts) {
	if r.Infos.Len() == 0 {
		if !passive.StoredInfos(r.Recontype) {
			d.checkNames(r)
			return dst, passive.InfoTexts{}
		}
		if f := d.costly(r); f != nil {
			k := d.cached(r, f)
			return append(dst, k.json...), k.texts
		}
	}
	full := *r
	d.Infos(&full)
	return passive.AppendInfos(dst, full.Infos)
}

// cached returns what f derives from a record, from memory if possible.
func (d *Deriver) cached(r *passive.Record, f func(*passive.Record) *host.Object) *known {
	d.once.Do(func() {
		switch {
		case d.CacheBytes == 0:
			d.cache = newCache(DefaultCacheBytes)
		case d.CacheBytes > 0:
			d.cache = newCache(d.CacheBytes)
		}
	})
	key := cacheKey{r.Recontype, r.Source, r.Value}
	if k, ok := d.cache.get(key); ok {
		return k
	}
	// What is remembered outlives the record.
	own := *r
	own.Recontype, own.Source, own.Value = strings.Clone(r.Recontype), strings.Clone(r.Source), strings.Clone(r.Value)
	json, texts := passive.AppendInfos(nil, f(&own))
	k := &known{string(json), texts}
	d.cache.put(cacheKey{own.Recontype, own.Source, own.Value}, k)
	return k
}
