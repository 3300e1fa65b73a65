package host

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Decode reads the JSON of a record: what Append writes, in any style, and what the known Python framework
// writes (its command line's JSON output), of the current schema version. It does not look at schema_version; see
// VersionOf.
//
// Dates are texts (see ParseTime) or numbers of seconds since 1970; so are the dates of certificates, which stay
// as they are if they are neither. Binary values are base64. Members that are null are absent. Members that the
// record does not know are kept in the Extra lists, where there is one, in their order; the last of several
// members of the same name wins. Lists that are to be sorted are sorted, apart from the ports (see Finish).
//
// Errors are of type *DecodeError.
func Decode(b []byte) (*Host, error) { return DecodeString(string(b)) }

// DecodeString reads like Decode. Texts of the record are parts of s.
func DecodeString(s string) (*Host, error) {
	d := decoder{s: s}
	if d.peek() != '{' {
		return nil, d.wrong("an object")
	}
	h := &Host{}
	var extra memberSet
	err := d.object(func(key string) error {
		known, err := d.hostMember(h, key)
		if !known {
			h.Extra, err = d.extra(&extra, h.Extra, key)
		}
		return err
	})
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// VersionOf returns the schema version of a record's JSON, 0 if it has none. It does not look at what follows.
// Errors are of type *DecodeError.
func VersionOf(s string) (version int64, err error) {
	d := decoder{s: s}
	if d.peek() != '{' {
		return 0, d.wrong("an object")
	}
	found := errors.New("found")
	err = d.object(func(key string) error {
		if key != "schema_version" {
			return d.skip()
		}
		n, err := d.int()
		if err == nil {
			version, err = n.N, found
		}
		return err
	})
	if err == found {
		err = nil
	}
	return version, err
}

// extra reads a member that has no place of its own.
func (d *decoder) extra(set *memberSet, to []Member, key string) ([]Member, error) {
	v, err := d.value()
	if err != nil {
		return to, err
	}
	return set.put(to, key, v), nil
}

// hostMember reads a member of the record, unless it has no place in Host.
func (d *decoder) hostMember(h *Host, key string) (known bool, err error) {
	switch key {
	case "_id", "schema_version", "openports":
		err = d.skip()
	case "addr":
		h.Addr, err = d.addr()
	case "addresses":
		h.Addresses, err = d.addresses()
	case "hostnames":
		h.Hostnames, err = listOf(d, (*decoder).hostname)
	case "starttime":
		h.Start, err = d.date()
	case "endtime":
		h.End, err = d.date()
	case "state":
		h.State, err = d.text()
	case "state_reason":
		h.StateReason, err = d.text()
	case "state_reason_ttl":
		h.StateReasonTTL, err = d.int()
	case "source":
		h.Source, h.SourceList, err = d.source()
	case "categories":
		h.Categories, err = d.texts()
		h.Categories = sorted(h.Categories)
	case "tags":
		h.Tags, err = listOf(d, (*decoder).tag)
		h.Tags = sortedTags(h.Tags)
	case "infos":
		h.Infos, err = d.objectOrNull()
	case "ports":
		h.Ports, err = d.ports()
	case "extraports":
		h.ExtraPorts, err = d.extraPorts()
	case "cpes":
		h.CPEs, err = listOf(d, (*decoder).cpe)
	case "os":
		h.OS, err = d.os()
	case "traces":
		h.Traces, err = listOf(d, (*decoder).trace)
	default:
		return false, nil
	}
	return true, err
}

// source reads a text or a list of texts.
func (d *decoder) source() (source []string, list bool, err error) {
	switch d.peek() {
	case '[':
		source, err = d.texts()
		return source, len(source) > 0, err
	case '"':
		s, err := d.text()
		return []string{s}, false, err
	}
	if d.null() {
		return nil, false, nil
	}
	return nil, false, d.wrong("a text or a list of texts")
}

// sorted sorts a list and drops what is in it twice.
func sorted(list []string) []string {
	if !slices.IsSorted(list) {
		slices.Sort(list)
	}
	return slices.Compact(list)
}

// sortedTags sorts tags and unites those of the same value; the first one's type stays.
func sortedTags(tags []Tag) []Tag {
	slices.SortStableFunc(tags, func(a, b Tag) int { return strings.Compare(a.Value, b.Value) })
	out := tags[:0]
	for _, t := range tags {
		if n := len(out); n > 0 && out[n-1].Value == t.Value {
			out[n-1].Info = append(out[n-1].Info, t.Info...)
			continue
		}
		out = append(out, t)
	}
	for i := range out {
		out[i].Info = sorted(out[i].Info)
	}
	return out
}

func (d *decoder) addresses() (out []AddressList, err error) {
	err = d.object(func(key string) error {
		values, err := d.texts()
		if len(values) == 0 {
			return err
		}
		for i, v := range values {
			values[i] = strings.ToLower(v)
		}
		out = append(out, AddressList{key, values})
		return err
	})
	return keepLast(out, func(l AddressList) string { return l.Type }), err
}

// keepLast drops all but the last of the items with the same key, which goes to the place of the first.
func keepLast[T any](list []T, key func(T) string) []T {
	if len(list) < 2 {
		return list
	}
	at := make(map[string]int, len(list))
	out := list[:0]
	for _, item := range list {
		if i, ok := at[key(item)]; ok {
			out[i] = item
			continue
		}
		at[key(item)] = len(out)
		out = append(out, item)
	}
	return out
}

func (d *decoder) hostname(n *Hostname) error {
	var extra memberSet
	return d.object(func(key string) (err error) {
		switch key {
		case "name":
			n.Name, err = d.text()
		case "type":
			n.Type, err = d.text()
		case "domains":
			n.Domains, err = d.texts()
		default:
			n.Extra, err = d.extra(&extra, n.Extra, key)
		}
		return err
	})
}

func (d *decoder) tag(t *Tag) error {
	return d.object(func(key string) (err error) {
		switch key {
		case "value":
			t.Value, err = d.text()
		case "type":
			t.Type, err = d.text()
		case "info":
			t.Info, err = d.texts()
		default:
			err = d.skip()
		}
		return err
	})
}

func (d *decoder) extraPorts() (out []ExtraPorts, err error) {
	err = d.object(func(key string) error {
		l := ExtraPorts{State: key}
		err := d.object(func(key string) error {
			switch key {
			case "total":
				n, err := d.int()
				l.Total = n.N
				return err
			case "reasons":
				l.Reasons = nil
				return d.object(func(key string) error {
					n, err := d.int()
					l.Reasons = append(l.Reasons, Reason{key, n.N})
					return err
				})
			}
			return d.skip()
		})
		l.Reasons = keepLast(l.Reasons, func(r Reason) string { return r.Name })
		out = append(out, l)
		return err
	})
	return keepLast(out, func(l ExtraPorts) string { return l.State }), err
}

func (d *decoder) cpe(c *CPE) error {
	err := d.object(func(key string) (err error) {
		switch key {
		case "type":
			c.Type, err = d.text()
		case "vendor":
			c.Vendor, err = d.text()
		case "product":
			c.Product, err = d.text()
		case "version":
			c.Version, err = d.text()
		case "origins":
			c.Origins, err = d.texts()
		default:
			err = d.skip()
		}
		return err
	})
	c.Origins = sorted(c.Origins)
	return err
}

func (d *decoder) os() (*OS, error) {
	if d.null() {
		return nil, nil
	}
	os := &OS{}
	err := d.object(func(key string) (err error) {
		switch key {
		case "portused":
			os.PortUsed, err = d.objectOrNull()
		case "osmatch":
			os.Match, err = d.objects()
		case "osclass":
			os.Class, err = d.objects()
		case "fingerprint":
			os.Fingerprint, err = d.text()
		default:
			err = d.skip()
		}
		return err
	})
	return os, err
}

// objects reads a list of objects; items that are null are left out.
func (d *decoder) objects() ([]*Object, error) {
	var out []*Object
	err := d.array(func() error {
		o, err := d.objectOrNull()
		if o != nil {
			out = append(out, o)
		}
		return err
	})
	return out, err
}

func (d *decoder) trace(t *Trace) error {
	return d.object(func(key string) (err error) {
		switch key {
		case "protocol":
			t.Protocol, err = d.text()
		case "port":
			t.Port, err = d.int()
		case "hops":
			t.Hops, err = listOf(d, (*decoder).hop)
		default:
			err = d.skip()
		}
		return err
	})
}

func (d *decoder) hop(hop *Hop) error {
	var extra memberSet
	return d.object(func(key string) (err error) {
		switch key {
		case "ipaddr":
			hop.Addr, err = d.addr()
		case "ttl":
			hop.TTL, err = d.hopTTL()
		case "rtt":
			hop.RTT, err = d.hopRTT()
		case "host":
			hop.Host, err = d.text()
		case "domains":
			hop.Domains, err = d.texts()
		default:
			hop.Extra, err = d.extra(&extra, hop.Extra, key)
		}
		return err
	})
}

// hopTTL reads a text or an integer.
func (d *decoder) hopTTL() (Value, error) {
	if d.peek() == '"' {
		s, err := d.quoted()
		return s, err
	}
	n, err := d.int()
	if !n.Set {
		return nil, err
	}
	return n.N, err
}

// hopRTT reads a text or a number, which becomes a float64.
func (d *decoder) hopRTT() (Value, error) {
	if d.null() {
		return nil, nil
	}
	v, err := d.scalar("a number or a text")
	switch n := v.(type) {
	case int64:
		return float64(n), err
	case json.Number:
		f, err := n.Float64()
		if err != nil {
			err = d.fail("the number is too large for a float")
		}
		return f, err
	}
	return v, err
}
