package passivederive

import (
	"strings"
	"sync"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// Deriver makes records. Its fields must not change while it is used; it may be used by several goroutines.
type Deriver struct {
	// Probes recognises services and scanners; nil: what it would tell is left out.
	Probes *fingerprint.DB
	// Blacklists are the zones of DNS blacklists.
	Blacklists []string
	// Ignore says what is left out; nil: nothing.
	Ignore *Ignore

	cache cache
}

// Normalise gives emit what becomes of an observation: nothing, one record or two. r is changed. An error says what is
// wrong with the observation, unless it is that of emit.
func (d *Deriver) Normalise(r *passive.Record, emit func(*passive.Record) error) error {
	if d.Ignore.Match(r) {
		return nil
	}
	switch r.Recontype {
	case "HTTP_CLIENT_HEADER", "HTTP_CLIENT_HEADER_SERVER", "HTTP_SERVER_HEADER":
		return d.header(r, emit)
	case "TCP_SERVER_BANNER":
		r.Value = normalBanner(r.Value)
	case "STUN_HONEYPOT_REQUEST":
		r.Value = encode(decode(r.Value))
	case "SSL_CLIENT":
		if r.Source == "ja3" {
			r.Value = d.hashed(r, r.Value)
		}
		if r.Source == "ja4" {
			r.Value = normalJA4(r)
		}
	case "SSL_SERVER":
		if raw, ok := strings.CutPrefix(r.Source, "ja3-"); ok {
			d.serverJA3(r, raw)
		}
	case "SSH_CLIENT_HASSH", "SSH_SERVER_HASSH":
		r.Infos = hashInfos(r.Value)
		r.Value = md5Hex(r.Value)
	case "SSH_SERVER_HOSTKEY":
		if err := normalKey(r); err != nil {
			return err
		}
	case "DNS_ANSWER":
		d.blacklisted(r)
	}
	return emit(r)
}

// Infos derives information from a normalised record, nil if there is none. What Normalise knew already is in r.Infos.
func (d *Deriver) Infos(r *passive.Record) *host.Object {
	switch r.Recontype {
	case "DNS_ANSWER":
		o := host.NewObject("domain", domains(r.Value))
		if r.TargetVal != "" {
			o.Set("domaintarget", domains(r.TargetVal))
		}
		return o
	case "DNS_BLACKLIST":
		zone, _, _ := cutAnswer(r.Source)
		return host.NewObject("domain", domains(zone))
	case "OPEN_PORT", "MAC_ADDRESS":
		return nil
	}
	derive := derivers[r.Recontype]
	if derive == nil {
		return r.Infos
	}
	// the same values come by the million, and certificates and services cost much
	return d.cache.get(r, func() *host.Object {
		if o := derive(d, r); o.Len() > 0 {
			return o
		}
		return r.Infos
	})
}

// derivers make the information of a kind of records.
var derivers = map[string]func(*Deriver, *passive.Record) *host.Object{
	"HTTP_CLIENT_HEADER":        (*Deriver).headerInfos,
	"HTTP_CLIENT_HEADER_SERVER": (*Deriver).headerInfos,
	"HTTP_SERVER_HEADER":        (*Deriver).headerInfos,
	"NTLM_NEGOTIATE":            (*Deriver).pairInfos,
	"NTLM_CHALLENGE":            (*Deriver).pairInfos,
	"NTLM_AUTHENTICATE":         (*Deriver).pairInfos,
	"NTLM_CLIENT_FLAGS":         (*Deriver).flagInfos,
	"NTLM_SERVER_FLAGS":         (*Deriver).flagInfos,
	"SMB":                       (*Deriver).pairInfos,
	"TCP_SERVER_BANNER":         (*Deriver).bannerInfos,
	"SSH_CLIENT":                (*Deriver).sshInfos,
	"SSH_SERVER":                (*Deriver).sshInfos,
	"SSH_SERVER_HOSTKEY":        (*Deriver).keyInfos,
	"SSL_CLIENT":                (*Deriver).certInfos,
	"SSL_SERVER":                (*Deriver).certInfos,
	"TCP_CLIENT_BANNER":         (*Deriver).scannerInfos,
	"TCP_HONEYPOT_HIT":          (*Deriver).scannerInfos,
	"UDP_HONEYPOT_HIT":          (*Deriver).scannerInfos,
}

// maxLabels is how many parents a name has at most: the rest of longer names, which DNS does not allow, has none.
const maxLabels = 128

// domains is the list of a name and its parents, the name first.
func domains(name string) host.List {
	out := make(host.List, 0, 4)
	for len(out) < maxLabels {
		out = append(out, name)
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			break
		}
		name = rest
	}
	return out
}

// cache remembers information by what it is derived from.
type cache struct {
	mu  sync.Mutex
	now map[cacheKey]*host.Object // what was asked for lately
	old map[cacheKey]*host.Object // what was asked for before
}

type cacheKey struct{ recontype, source, value string }

// A generation of the cache has so many entries; values longer than maxCached are not kept.
const (
	generation = 1 << 14
	maxCached  = 16 << 10
)

// get returns what is remembered, or else makes it.
func (c *cache) get(r *passive.Record, make func() *host.Object) *host.Object {
	if len(r.Value)+len(r.Source) > maxCached || r.Infos != nil {
		return make()
	}
	k := cacheKey{r.Recontype, r.Source, r.Value}
	if !strings.HasPrefix(r.Recontype, "HTTP_") && !strings.HasPrefix(r.Recontype, "SSL_") {
		// the rest is about what was sent, wherever: only the protocol in the source counts
		k.source, _, _ = strings.Cut(r.Source, "/")
	}
	c.mu.Lock()
	o, ok := c.now[k]
	if !ok {
		if o, ok = c.old[k]; ok {
			c.put(k, o)
		}
	}
	c.mu.Unlock()
	if ok {
		return o
	}
	o = make()
	c.mu.Lock()
	c.put(k, o)
	c.mu.Unlock()
	return o
}

func (c *cache) put(k cacheKey, o *host.Object) {
	if c.now == nil || len(c.now) >= generation {
		c.old, c.now = c.now, map[cacheKey]*host.Object{}
	}
	c.now[k] = o
}
