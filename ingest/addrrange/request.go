package addrrange

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kind is where the ranges of a selector come from.
type Kind uint8

// The kinds of selectors. The ranges of the kinds from Country to ASNum and of Routable come from tables that
// this package does not know.
const (
	Country Kind = iota
	RegisteredCountry
	Region
	City
	ASNum
	Interval // two addresses
	Network
	Routable
	File
)

// kindNames are what users see.
var kindNames = [...]string{"country", "registered-country", "region", "city", "asnum", "range", "network", "routable", "file"}

// String returns the name of the kind, as in messages and options of the command line.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// Selector says which addresses are asked for.
type Selector struct {
	Kind    Kind
	Codes   []string // country codes (Country, RegisteredCountry): aliases resolved, sorted, unique
	Country string   // country code (Region, City)
	Name    string   // code of a region or name of a city
	ASNums  []uint32 // sorted, unique
	Ranges  []Range  // of Interval and Network, and what was read from a file
}

// Request is a request for ranges.
type Request struct {
	Selector Selector
	Output   Output
	Limit    uint64 // 0: none
}

var (
	errNoSelector = errors.New("exactly one selector is required: " + strings.Join(kindNames[:], " / "))
	errNoValues   = errors.New("selector resolved to an empty set of values")
	errHalfRange  = errors.New("range_start and range_stop must both be set")
)

// ParseRequest reads the parameters of a web request: country, registered_country, region, city, asnum,
// range_start, range_stop, network, routable, output, limit. get returns the value of a parameter, "" if it
// is not there.
func ParseRequest(get func(name string) string) (Request, error) {
	param := func(name string) string { return strings.Trim(get(name), blanks) }
	start, stop := param("range_start"), param("range_stop")
	if (start == "") != (stop == "") {
		return Request{}, errHalfRange
	}
	values := [...]string{
		Country:           param("country"),
		RegisteredCountry: param("registered_country"),
		Region:            param("region"),
		City:              param("city"),
		ASNum:             param("asnum"),
		Interval:          start,
		Network:           param("network"),
		Routable:          param("routable"),
	}
	switch values[Routable] {
	case "0", "false", "no":
		values[Routable] = ""
	}
	var set []string
	var r Request
	for kind, value := range values {
		if value != "" {
			r.Selector.Kind = Kind(kind)
			set = append(set, Kind(kind).String())
		}
	}
	switch len(set) {
	case 0:
		return Request{}, errNoSelector
	case 1:
	default:
		return Request{}, fmt.Errorf("selectors are mutually exclusive (%s)", strings.Join(set, ", "))
	}
	err := r.Selector.set(values[r.Selector.Kind], stop)
	if err != nil {
		return Request{}, err
	}
	if r.Output, err = ParseOutput(param("output")); err != nil {
		return Request{}, err
	}
	r.Limit, err = ParseLimit(param("limit"))
	return r, err
}

// set gives the selector its value; stop is the other end of an interval.
func (s *Selector) set(value, stop string) (err error) {
	switch s.Kind {
	case Country, RegisteredCountry:
		s.Codes, err = ParseCountries(value)
	case Region, City:
		var found bool
		s.Country, s.Name, found = strings.Cut(value, ",")
		s.Country, s.Name = strings.Trim(s.Country, blanks), strings.Trim(s.Name, blanks)
		if !found || s.Country == "" || s.Name == "" {
			return fmt.Errorf("%s= expects two comma-separated values", s.Kind)
		}
	case ASNum:
		s.ASNums, err = ParseASNums(value)
	case Interval:
		s.Ranges, err = one(ParseRange(value, stop))
	case Network:
		s.Ranges, err = one(ParseNetwork(value))
	}
	return err
}

func one(r Range, err error) ([]Range, error) {
	if err != nil {
		return nil, err
	}
	return []Range{r}, nil
}

// ParseLimit reads a limit; none and 0 mean all.
func ParseLimit(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	digits := strings.TrimPrefix(s, "+")
	if negative := strings.TrimPrefix(s, "-"); negative != s {
		if !isDigits(negative) {
			return 0, fmt.Errorf("limit must be an integer (got %s)", quote(s))
		}
		if strings.Trim(negative, "0") != "" {
			return 0, errors.New("limit must be non-negative")
		}
		return 0, nil
	}
	if !isDigits(digits) {
		return 0, fmt.Errorf("limit must be an integer (got %s)", quote(s))
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		n = math.MaxUint64 // there are fewer items than that which could be listed in a lifetime
	}
	return n, nil
}

// countryAliases are the codes that stand for others.
var countryAliases = map[string][]string{
	"UK": {"GB"},
	"EU": {"AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT",
		"LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "EU"},
}

// CountryCodes are the codes that a code stands for: GB for UK, those of the member states and EU for EU, the
// code itself otherwise. Case matters.
func CountryCodes(code string) []string {
	if codes, ok := countryAliases[code]; ok {
		return slices.Clone(codes)
	}
	return []string{code}
}

// ParseCountries reads country codes separated by commas and resolves their aliases. The result is sorted and
// unique. It is an error if there are none; codes that no country has are no error.
func ParseCountries(list string) ([]string, error) {
	var codes []string
	for code := range strings.SplitSeq(list, ",") {
		if code = strings.Trim(code, blanks); code != "" {
			codes = append(codes, CountryCodes(code)...)
		}
	}
	if codes == nil {
		return nil, errNoValues
	}
	slices.Sort(codes)
	return slices.Compact(codes), nil
}

// ParseASNum reads the number of an autonomous system, with or without AS (in any case) before it.
func ParseASNum(s string) (uint32, error) {
	digits := s
	if len(s) > 2 && strings.EqualFold(s[:2], "AS") {
		digits = s[2:]
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("invalid AS number %s", quote(s))
	}
	return uint32(n), nil
}

// ParseASNums reads numbers of autonomous systems separated by commas. The result is sorted and unique. It is an
// error if there are none.
func ParseASNums(list string) ([]uint32, error) {
	var nums []uint32
	for s := range strings.SplitSeq(list, ",") {
		if s = strings.Trim(s, blanks); s == "" {
			continue
		}
		n, err := ParseASNum(s)
		if err != nil {
			return nil, err
		}
		nums = append(nums, n)
	}
	if nums == nil {
		return nil, errNoValues
	}
	slices.Sort(nums)
	return slices.Compact(nums), nil
}
