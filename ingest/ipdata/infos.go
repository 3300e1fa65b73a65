package ipdata

import (
	"strconv"
	"unicode/utf8"

	"ivre/ingest/host"
)

// Infos is what is known of an address. Unknown values are zero values. Lists and tags are shared between callers:
// do not change them.
type Infos struct {
	ASNum   host.Int
	ASName  string
	ASExtra []host.Member // further scalars of the AS database (isp, organization, ...)

	CountryCode, CountryName string // of the City database, else of the Country database

	// Regions are the subdivisions, widest first; unknown codes and names are empty.
	Regions []Region

	ContinentCode, ContinentName                 string
	RegisteredCountryCode, RegisteredCountryName string
	City, PostalCode                             string

	HasCoordinates      bool
	Latitude, Longitude float64  // degrees, WGS 84
	HasLocation         bool     // whether AccuracyRadius is shown even if it is not known
	AccuracyRadius      host.Int // km

	Tags []host.Tag // sorted by value
}

// Region is a subdivision of a country. The code is the part of ISO 3166-2 after the hyphen.
type Region struct{ Code, Name string }

// hasPlace tells whether the AS, the country or the place are known.
func (i *Infos) hasPlace() bool {
	return i.ASNum.Set || i.ASName != "" || len(i.ASExtra) > 0 || i.CountryCode != "" || i.CountryName != "" || len(i.Regions) > 0 ||
		i.ContinentCode != "" || i.ContinentName != "" || i.RegisteredCountryCode != "" || i.RegisteredCountryName != "" ||
		i.City != "" || i.PostalCode != "" || i.HasLocation
}

// Empty tells whether nothing is known.
func (i *Infos) Empty() bool { return len(i.Tags) == 0 && !i.hasPlace() }

// Object gives what a record's infos hold: everything but the tags, in the order of Append. It is empty, not nil, if
// nothing is known.
func (i *Infos) Object() *host.Object {
	o := &host.Object{}
	i.members(func(key string, v host.Value) { o.Members = append(o.Members, host.Member{Key: key, Value: v}) })
	return o
}

// members calls f for all members but the tags. Texts that are not known are left out.
func (i *Infos) members(f func(key string, v host.Value)) {
	text := func(key, s string) {
		if s != "" {
			f(key, s)
		}
	}
	if i.ASNum.Set {
		f("as_num", i.ASNum.N)
	}
	text("as_name", i.ASName)
	for _, m := range i.ASExtra {
		f(m.Key, m.Value)
	}
	text("country_code", i.CountryCode)
	text("country_name", i.CountryName)
	if len(i.Regions) > 0 {
		codes, names := make(host.List, len(i.Regions)), make(host.List, len(i.Regions))
		for k, r := range i.Regions {
			codes[k], names[k] = orNull(r.Code), orNull(r.Name)
		}
		f("region_code", codes)
		f("region_name", names)
	}
	text("continent_code", i.ContinentCode)
	text("continent_name", i.ContinentName)
	text("registered_country_code", i.RegisteredCountryCode)
	text("registered_country_name", i.RegisteredCountryName)
	text("city", i.City)
	text("postal_code", i.PostalCode)
	if i.HasCoordinates {
		f("coordinates", host.List{i.Latitude, i.Longitude})
	}
	if i.HasLocation {
		if i.AccuracyRadius.Set {
			f("coordinates_accuracy_radius", i.AccuracyRadius.N)
		} else {
			f("coordinates_accuracy_radius", nil)
		}
	}
}

func orNull(s string) host.Value {
	if s == "" {
		return nil
	}
	return s
}

// Append appends the JSON of everything that is known, tags last, in the style of host.AppendValue; null if nothing
// is known.
func (i *Infos) Append(dst []byte) []byte {
	if i.Empty() {
		return append(dst, "null"...)
	}
	dst = append(dst, '{')
	dst = i.appendMembers(dst)
	return append(dst, '}')
}

// AppendWithAddr appends an object that starts with the member "addr", even if nothing is known of it.
func (i *Infos) AppendWithAddr(dst []byte, addr string) []byte {
	dst = host.AppendString(append(dst, `{"addr": `...), addr)
	if !i.Empty() {
		dst = i.appendMembers(append(dst, ", "...))
	}
	return append(dst, '}')
}

func (i *Infos) appendMembers(dst []byte) []byte {
	sep := ""
	i.appendPlace(&dst, &sep)
	if len(i.Tags) > 0 {
		dst = append(append(dst, sep...), `"tags": [`...)
		for k, t := range i.Tags {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendTag(dst, t)
		}
		dst = append(dst, ']')
	}
	return dst
}

func (i *Infos) appendPlace(dst *[]byte, sep *string) {
	i.members(func(key string, v host.Value) {
		d := host.AppendString(append(*dst, *sep...), key)
		*dst, *sep = host.AppendValue(append(d, ": "...), v), ", "
	})
}

func appendTag(dst []byte, t host.Tag) []byte {
	dst = host.AppendString(append(dst, `{"value": `...), t.Value)
	dst = host.AppendString(append(dst, `, "type": `...), t.Type)
	if len(t.Info) > 0 {
		dst = append(dst, `, "info": [`...)
		for i, s := range t.Info {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = host.AppendString(dst, s)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// AppendText appends one line per member, "    key value", lists in parentheses, and one line per tag, as the
// command line prints them.
func (i *Infos) AppendText(dst []byte) []byte {
	i.members(func(key string, v host.Value) {
		dst = append(appendPrintable(append(dst, "    "...), key), ' ')
		if s, ok := v.(string); ok {
			dst = appendPrintable(dst, s)
		} else {
			dst = appendPlain(dst, v)
		}
		dst = append(dst, '\n')
	})
	for _, t := range i.Tags {
		dst = appendPrintable(append(dst, "    "...), t.Value)
		for k, s := range t.Info {
			if k == 0 {
				dst = append(dst, ": "...)
			} else {
				dst = append(dst, ", "...)
			}
			dst = appendPrintable(dst, s)
		}
		dst = append(dst, '\n')
	}
	return dst
}

// appendPlain writes a value inside of a list, or one that is no text, the way scripts have come to expect: None,
// True, ('IDF',), (48.85, 2.35).
func appendPlain(dst []byte, v host.Value) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "None"...)
	case bool:
		if v {
			return append(dst, "True"...)
		}
		return append(dst, "False"...)
	case string:
		return appendQuoted(dst, v)
	case host.List:
		dst = append(dst, '(')
		for k, e := range v {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendPlain(dst, e)
		}
		if len(v) == 1 {
			dst = append(dst, ',')
		}
		return append(dst, ')')
	}
	return host.AppendValue(dst, v)
}

// appendQuoted quotes with ', or with " if the text has a ' and no ".
func appendQuoted(dst []byte, s string) []byte {
	quote, single, double := byte('\''), false, false
	for k := range len(s) {
		single, double = single || s[k] == '\'', double || s[k] == '"'
	}
	if single && !double {
		quote = '"'
	}
	dst = append(dst, quote)
	for _, r := range s {
		if r == '\\' || r == rune(quote) {
			dst = append(dst, '\\', byte(r))
		} else {
			dst = appendRune(dst, r)
		}
	}
	return append(dst, quote)
}

// appendPrintable writes a text that can neither end a line nor reach a terminal as a command.
func appendPrintable(dst []byte, s string) []byte {
	for _, r := range s {
		dst = appendRune(dst, r)
	}
	return dst
}

// appendRune escapes what cannot be printed.
func appendRune(dst []byte, r rune) []byte {
	if strconv.IsPrint(r) {
		return utf8.AppendRune(dst, r)
	}
	q := strconv.QuoteRuneToASCII(r)
	return append(dst, q[1:len(q)-1]...)
}
