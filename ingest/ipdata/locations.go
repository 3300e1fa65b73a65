package ipdata

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
)

// Location is a line of a GeoLite2-*-Locations-<lang>.csv file: the names of a place, in that language. What the
// file does not have is empty.
type Location struct {
	GeonameID                    int64
	ContinentCode, ContinentName string
	CountryCode, CountryName     string
	Regions                      []Region // widest first
	City                         string
	TimeZone                     string
}

// CityLocations iterates over the places of the City database, in Options.Lang; countries are CountryLocations.
func (db *DB) CityLocations() (iter.Seq[Location], error) {
	return db.locations("GeoLite2-City-Locations-")
}

// CountryLocations iterates over all countries, in Options.Lang.
func (db *DB) CountryLocations() (iter.Seq[Location], error) {
	return db.locations("GeoLite2-Country-Locations-")
}

func (db *DB) locations(name string) (iter.Seq[Location], error) {
	name += db.opts.Lang + ".csv"
	path := filepath.Join(db.opts.Dir, name)
	if _, err := os.Stat(path); err != nil || db.opts.Dir == "" {
		return nil, db.noData("names of places (" + name + ")")
	}
	return func(yield func(Location) bool) {
		if err := readLocations(path, yield); err != nil {
			db.report(fmt.Errorf("%s: %w: download the file again", path, err))
		}
	}, nil
}

func readLocations(path string, yield func(Location) bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return parseLocations(f, yield)
}

// parseLocations reads the columns by the names in the first line.
func parseLocations(data io.Reader, yield func(Location) bool) error {
	r := csv.NewReader(data)
	r.ReuseRecord = true
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return fmt.Errorf("no line of column names: %w", err)
	}
	columns := map[string]int{}
	for i, name := range header {
		columns[name] = i
	}
	if _, ok := columns["geoname_id"]; !ok {
		return errors.New("line 1 has no column geoname_id")
	}
	var bad badEntries
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return bad.err()
		}
		if err != nil {
			var perr *csv.ParseError
			if !errors.As(err, &perr) {
				return err
			}
			bad.note("%v", err)
			continue
		}
		l, err := location(func(name string) string {
			if i, ok := columns[name]; ok && i < len(row) {
				return row[i]
			}
			return ""
		})
		if err != nil {
			line, _ := r.FieldPos(0)
			bad.note("line %d: %v", line, err)
			continue
		}
		if !yield(l) {
			return nil
		}
	}
}

func location(get func(column string) string) (l Location, err error) {
	if l.GeonameID, err = strconv.ParseInt(get("geoname_id"), 10, 64); err != nil {
		return l, fmt.Errorf("geoname_id %.40q is no number", get("geoname_id"))
	}
	l.ContinentCode, l.ContinentName = get("continent_code"), get("continent_name")
	l.CountryCode, l.CountryName = get("country_iso_code"), get("country_name")
	l.City, l.TimeZone = get("city_name"), get("time_zone")
	for _, n := range []string{"1", "2"} {
		reg := Region{get("subdivision_" + n + "_iso_code"), get("subdivision_" + n + "_name")}
		if reg != (Region{}) {
			l.Regions = append(l.Regions, reg)
		}
	}
	return l, nil
}
