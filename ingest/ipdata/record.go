package ipdata

import (
	"unicode/utf8"

	"github.com/oschwald/maxminddb-golang/v2/mmdbdata"

	"ivre/ingest/host"
)

// record is a decoded record of a MaxMind database, of any type. It does not refer to the mapped file.
type record struct {
	offset uintptr // where it was in the file

	country, registered, continent named
	regions                        []Region
	city                           named
	cityLocal                      string // the city's name in the language of dumps
	cityID                         host.Int
	postal                         string

	hasLocation    bool
	hasLat, hasLon bool
	lat, lon       float64
	radius         host.Int

	asNum   host.Int
	asName  string
	asExtra []host.Member
}

type named struct{ code, name string }

// Bounds of what a single record may make the decoder do. Real records have some 100 entries and texts of less than
// 200 bytes.
const (
	maxEntries = 4096 // members and elements visited
	maxText    = 4096 // bytes
	maxRegions = 16
	maxExtra   = 32
)

// decoding is the state of decoding one record.
type decoding struct {
	rec    *record
	lang   string
	as     bool // whether unknown scalars on the top are kept
	budget int
}

// UnmarshalMaxMindDBCursor decodes a record.
func (d *decoding) UnmarshalMaxMindDBCursor(c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	return d.object(c, d.top)
}

// object calls f for each member of a map. f returns the cursor after the value.
func (d *decoding) object(c mmdbdata.Cursor, f func(key []byte, c mmdbdata.Cursor) (mmdbdata.Cursor, error)) (mmdbdata.Cursor, error) {
	m, err := c.Map()
	if err != nil {
		return c, err
	}
	var next mmdbdata.Cursor
	for {
		key, value, ok := m.Next(next)
		if !ok {
			return m.End()
		}
		if d.budget--; d.budget < 0 {
			return c, mmdbdata.NewInvalidDatabaseError("a record has more than %d entries", maxEntries)
		}
		if next, err = f(key, value); err != nil {
			return c, err
		}
	}
}

func (d *decoding) top(key []byte, c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	r := d.rec
	switch string(key) {
	case "country":
		return d.place(c, "iso_code", &r.country)
	case "registered_country":
		return d.place(c, "iso_code", &r.registered)
	case "continent":
		return d.place(c, "code", &r.continent)
	case "subdivisions":
		return d.subdivisions(c)
	case "city":
		return d.cityMember(c)
	case "postal":
		return d.object(c, func(key []byte, c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
			if string(key) == "code" {
				return text(c, &r.postal)
			}
			return c.Skip()
		})
	case "location":
		r.hasLocation = true
		return d.object(c, d.location)
	case "autonomous_system_number":
		return integer(c, &r.asNum)
	case "autonomous_system_organization":
		return text(c, &r.asName)
	}
	if d.as && len(r.asExtra) < maxExtra {
		return d.extra(key, c)
	}
	return c.Skip()
}

func (d *decoding) place(c mmdbdata.Cursor, codeKey string, to *named) (mmdbdata.Cursor, error) {
	return d.object(c, func(key []byte, c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		switch string(key) {
		case codeKey:
			return text(c, &to.code)
		case "names":
			return d.names(c, &to.name, nil)
		}
		return c.Skip()
	})
}

// names takes the English name, and the one of the language of dumps if it is asked for.
func (d *decoding) names(c mmdbdata.Cursor, english, local *string) (mmdbdata.Cursor, error) {
	return d.object(c, func(key []byte, c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		isLocal := local != nil && string(key) == d.lang
		if string(key) != "en" && !isLocal {
			return c.Skip()
		}
		var s string
		c, err := text(c, &s)
		if isLocal {
			*local = s
		}
		if string(key) == "en" {
			*english = s
		}
		return c, err
	})
}

func (d *decoding) subdivisions(c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	list, err := c.SliceMaxSize(maxRegions)
	if err != nil {
		return c, err
	}
	d.rec.regions = nil
	var next mmdbdata.Cursor
	for {
		_, value, ok := list.Next(next)
		if !ok {
			return list.End()
		}
		var n named
		if next, err = d.place(value, "iso_code", &n); err != nil {
			return c, err
		}
		d.rec.regions = append(d.rec.regions, Region{n.code, n.name})
	}
}

func (d *decoding) cityMember(c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	return d.object(c, func(key []byte, c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		switch string(key) {
		case "geoname_id":
			return integer(c, &d.rec.cityID)
		case "names":
			return d.names(c, &d.rec.city.name, &d.rec.cityLocal)
		}
		return c.Skip()
	})
}

func (d *decoding) location(key []byte, c mmdbdata.Cursor) (next mmdbdata.Cursor, err error) {
	r := d.rec
	switch string(key) {
	case "latitude":
		r.lat, next, err = c.ReadFloat()
		r.hasLat = err == nil
	case "longitude":
		r.lon, next, err = c.ReadFloat()
		r.hasLon = err == nil
	case "accuracy_radius":
		return integer(c, &r.radius)
	default:
		return c.Skip()
	}
	return next, err
}

// extra keeps a scalar under its own name. Other values are skipped.
func (d *decoding) extra(key []byte, c mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	kind, err := c.Kind()
	if err != nil {
		return c, err
	}
	var v host.Value
	var next mmdbdata.Cursor
	switch kind {
	case mmdbdata.KindString:
		v, next, err = c.ReadStringMaxSize(maxText)
	case mmdbdata.KindBool:
		v, next, err = c.ReadBool()
	case mmdbdata.KindFloat32, mmdbdata.KindFloat64:
		v, next, err = c.ReadFloat()
	case mmdbdata.KindUint16, mmdbdata.KindUint32, mmdbdata.KindInt32:
		var n uint64
		n, _, next, err = c.ReadInteger()
		v = int64(n)
	default:
		return c.Skip()
	}
	if err == nil && len(key) <= maxText && utf8.Valid(key) {
		d.rec.asExtra = append(d.rec.asExtra, host.Member{Key: string(key), Value: v})
	}
	return next, err
}

func text(c mmdbdata.Cursor, to *string) (mmdbdata.Cursor, error) {
	s, next, err := c.ReadStringMaxSize(maxText)
	if err == nil {
		*to = s
	}
	return next, err
}

func integer(c mmdbdata.Cursor, to *host.Int) (mmdbdata.Cursor, error) {
	n, next, err := c.ReadUint()
	if err == nil && n < 1<<63 {
		*to = host.Some(int64(n))
	}
	return next, err
}

// fill adds what the records of the three roles say; those that are nil say nothing.
func (i *Infos) fill(as, country, city *record) {
	if as != nil {
		i.ASNum, i.ASName, i.ASExtra = as.asNum, as.asName, as.asExtra
	}
	if country != nil {
		i.CountryCode, i.CountryName = country.country.code, country.country.name
	}
	if city == nil {
		return
	}
	if city.country.code != "" {
		i.CountryCode = city.country.code
	}
	if city.country.name != "" {
		i.CountryName = city.country.name
	}
	i.Regions = city.regions
	i.ContinentCode, i.ContinentName = city.continent.code, city.continent.name
	i.RegisteredCountryCode, i.RegisteredCountryName = city.registered.code, city.registered.name
	i.City, i.PostalCode = city.city.name, city.postal
	i.HasLocation = city.hasLocation
	if city.hasLat && city.hasLon {
		i.HasCoordinates, i.Latitude, i.Longitude = true, city.lat, city.lon
	}
	i.AccuracyRadius = city.radius
}
