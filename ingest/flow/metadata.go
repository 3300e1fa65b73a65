package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// MetaField describes one key or counter of a protocol's metadata.
type MetaField struct {
	Name   string // name under which it is stored and queried: meta.<protocol>.<Name>
	Column string // column of Zeek's log, with "_" for ".", also the member of an uploaded record
	Kind   Kind   // kind of the values (Int for counters)
	List   bool   // the column holds a list; each element becomes a value
}

// MetaProtocol describes the metadata that is kept of one kind of protocol log.
type MetaProtocol struct {
	Name     string      // http, dns, ...
	Keys     []MetaField // sets of values
	Counters []MetaField // sums
}

// Metadata lists the protocols whose logs are kept and what is kept of them, in the order in which
// fields are listed to users. Every meta protocol also counts its log lines; that count is not listed
// here. The table must not be changed.
var Metadata = []MetaProtocol{
	{
		Name: "arp",
		Keys: keys(text("op"), text("mac_src"), text("mac_dst")),
	},
	{
		Name: "dns",
		Keys: keys(
			text("query"), renamed("class", "qclass_name"), renamed("type", "qtype_name"),
			renamed("rcode", "rcode_name"), list("answers"),
		),
	},
	{
		Name: "http",
		Keys: keys(
			text("method"), text("host"), text("user_agent"), number("status_code"), text("status_msg"),
			number("info_code"), text("info_msg"), text("username"), text("password"), list("proxied"),
		),
		Counters: keys(number("request_body_len"), number("response_body_len")),
	},
	{
		Name: "ssl",
		Keys: keys(
			text("version"), text("cipher"), text("curve"), text("server_name"), text("last_alert"),
			text("next_protocol"), text("subject"), text("issuer"), text("client_subject"), text("client_issuer"),
		),
	},
	{
		Name: "ssh",
		Keys: keys(
			number("version"), boolean("auth_success"), text("client"), text("server"), text("cipher_alg"),
			text("mac_alg"), text("compression_alg"), text("kex_alg"), text("host_key_alg"), text("host_key"),
		),
	},
	{
		Name: "sip",
		Keys: keys(
			text("method"), text("uri"), text("request_from"), text("request_to"), text("response_from"),
			text("response_to"), text("reply_to"), text("user_agent"), number("status_code"), text("status_msg"),
			text("warning"),
		),
		Counters: keys(number("request_body_len"), number("response_body_len")),
	},
	{
		Name: "snmp",
		Keys: keys(text("version"), text("community")),
		Counters: keys(
			number("get_requests"), number("get_bulk_requests"), number("get_responses"), number("set_requests"),
		),
	},
	{
		Name: "modbus",
		Keys: keys(renamed("name", "func"), text("exception")),
	},
	{
		Name: "rdp",
		Keys: keys(
			text("cookie"), text("result"), text("security_protocol"), text("keyboard_layout"), text("client_build"),
			text("client_name"), text("client_dig_product_id"), text("cert_type"), number("cert_count"),
			boolean("cert_permanent"), text("encryption_level"), text("encryption_method"),
		),
	},
}

func keys(f ...MetaField) []MetaField { return f }

func text(name string) MetaField    { return MetaField{Name: name, Column: name, Kind: String} }
func number(name string) MetaField  { return MetaField{Name: name, Column: name, Kind: Int} }
func boolean(name string) MetaField { return MetaField{Name: name, Column: name, Kind: Bool} }
func list(name string) MetaField {
	return MetaField{Name: name, Column: name, Kind: String, List: true}
}
func renamed(name, column string) MetaField {
	return MetaField{Name: name, Column: column, Kind: String}
}

var metadataByName = func() map[string]*MetaProtocol {
	m := make(map[string]*MetaProtocol, len(Metadata))
	for i := range Metadata {
		m[Metadata[i].Name] = &Metadata[i]
	}
	return m
}()

// MetadataByName returns the description of a protocol's metadata. The result must not be changed.
func MetadataByName(name string) (p *MetaProtocol, ok bool) {
	p, ok = metadataByName[name]
	return p, ok
}

// Field returns the key or counter that is queried as meta.<p.Name>.<name>.
func (p *MetaProtocol) Field(name string) (f MetaField, counter, ok bool) {
	for _, f := range p.Keys {
		if f.Name == name {
			return f, false, true
		}
	}
	for _, f := range p.Counters {
		if f.Name == name {
			return f, true, true
		}
	}
	return MetaField{}, false, false
}

// ResetValues removes all values and counters but keeps their memory for the next line.
func (m *Meta) ResetValues() {
	clear(m.Values) // let go of the strings
	m.Values, m.Counters = m.Values[:0], m.Counters[:0]
}

// AddString adds a value to the set of a key, unless it is empty.
func (m *Meta) AddString(key, s string) {
	if s != "" {
		m.Values = append(m.Values, Value{Key: key, Kind: String, Str: s})
	}
}

// AddInt adds a value to the set of a key, unless it is 0.
func (m *Meta) AddInt(key string, n int64) {
	if n != 0 {
		m.Values = append(m.Values, Value{Key: key, Kind: Int, Int: n})
	}
}

// AddBool adds a value to the set of a key, unless it is false.
func (m *Meta) AddBool(key string, b bool) {
	if b {
		m.Values = append(m.Values, Value{Key: key, Kind: Bool, Int: 1})
	}
}

// AddCounter adds an amount to a counter, unless it is 0.
func (m *Meta) AddCounter(key string, n uint64) {
	if n != 0 {
		m.Counters = append(m.Counters, Counter{Key: key, N: n})
	}
}

// SetValues replaces the name, values and counters of m by those of a generic record, as decoded from
// JSON with UseNumber: members named after the columns of p, other members ignored. Each value keeps
// the type that it has in JSON: integers are Int, other numbers String (as written), and lists are
// taken element by element; null, "", 0, false and empty lists leave no trace. The error names the
// member that cannot be stored; m is then incomplete.
func (p *MetaProtocol) SetValues(m *Meta, rec map[string]any) error {
	m.ResetValues()
	m.Name = p.Name
	for i := range p.Keys {
		f := &p.Keys[i]
		if err := m.addGeneric(f.Name, rec[f.Column], true); err != nil {
			return fmt.Errorf("member %q: %w", f.Column, err)
		}
	}
	for i := range p.Counters {
		f := &p.Counters[i]
		n, err := counterOf(rec[f.Column])
		if err != nil {
			return fmt.Errorf("member %q: %w", f.Column, err)
		}
		m.AddCounter(f.Name, n)
	}
	return nil
}

var (
	errNested  = errors.New("a list inside a list or an object cannot be stored")
	errCounter = errors.New("not a whole number between 0 and 2^64-1")
)

// addGeneric adds a JSON value; lists says whether it may be a list.
func (m *Meta) addGeneric(key string, v any, lists bool) error {
	switch v := v.(type) {
	case nil:
	case string:
		m.AddString(key, v)
	case bool:
		m.AddBool(key, v)
	case json.Number:
		return m.addNumber(key, string(v))
	case float64: // decoded without UseNumber
		return m.addNumber(key, strconv.FormatFloat(v, 'f', -1, 64))
	case []any:
		if !lists {
			return errNested
		}
		for _, e := range v {
			if err := m.addGeneric(key, e, false); err != nil {
				return err
			}
		}
	case map[string]any:
		return errNested
	default:
		return fmt.Errorf("values of type %T cannot be stored", v)
	}
	return nil
}

// addNumber adds a number given as text. Integers beyond 64 bits are kept as text, like fractions.
func (m *Meta) addNumber(key, s string) error {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		m.AddInt(key, n)
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	tooBig := errors.Is(err, strconv.ErrRange)
	if err != nil && !tooBig || math.IsNaN(f) || math.IsInf(f, 0) && !tooBig {
		return fmt.Errorf("%q is not a number", s)
	}
	// 1e-400 is not zero although it is too small for a float64: look at the digits.
	if f != 0 || hasDigits(s) {
		m.AddString(key, s)
	}
	return nil
}

// hasDigits tells whether the mantissa of a number has a digit other than 0.
func hasDigits(s string) bool {
	b := []byte(s)
	if i := bytes.IndexAny(b, "eE"); i >= 0 {
		b = b[:i]
	}
	return bytes.ContainsAny(b, "123456789")
}

// counterOf reads an amount from a JSON value.
func counterOf(v any) (uint64, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case json.Number:
		n, err := strconv.ParseUint(string(v), 10, 64)
		if err != nil {
			return 0, errCounter
		}
		return n, nil
	case float64: // decoded without UseNumber
		if v < 0 || v >= 1<<64 || v != math.Trunc(v) {
			return 0, errCounter
		}
		return uint64(v), nil
	}
	return 0, errCounter
}
