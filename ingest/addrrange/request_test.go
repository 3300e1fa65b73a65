package addrrange

import (
	"math"
	"net/url"
	"strings"
	"testing"
)

func TestParseRequest(t *testing.T) {
	eu := strings.Fields("AT BE BG CY CZ DE DK EE ES EU FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK")
	for _, tt := range []struct {
		query string
		want  Request
		err   string
	}{
		{"country=FR", Request{Selector: Selector{Kind: Country, Codes: []string{"FR"}}}, ""},
		{"country=DE,%20UK,,DE,fr&output=ranges&limit=10", Request{Selector{Kind: Country, Codes: []string{"DE", "GB", "fr"}}, Ranges, 10}, ""},
		{"registered_country=EU,FR&output=count", Request{Selector{Kind: RegisteredCountry, Codes: eu}, OnlyCount, 0}, ""},
		{"region=FR,+IDF+", Request{Selector: Selector{Kind: Region, Country: "FR", Name: "IDF"}}, ""},
		{"city=US,Washington, D.C.", Request{Selector: Selector{Kind: City, Country: "US", Name: "Washington, D.C."}}, ""},
		{"asnum=as64497,AS64496,64497&country=+", Request{Selector: Selector{Kind: ASNum, ASNums: []uint32{64496, 64497}}}, ""},
		{"range_start=192.0.2.1&range_stop=192.0.2.2&output=addrs", Request{Selector{Kind: Interval, Ranges: []Range{rng(t, "192.0.2.1-192.0.2.2")}}, Addrs, 0}, ""},
		{"network=10/8&routable=no", Request{Selector: Selector{Kind: Network, Ranges: []Range{rng(t, "10/8")}}}, ""},
		{"routable=1&limit=0", Request{Selector: Selector{Kind: Routable}}, ""},
		{"routable=false", Request{}, "exactly one selector is required: country / registered-country / region / city / asnum / range / network / routable / file"},
		{"routable=0&output=x", Request{}, "exactly one selector is required: country / registered-country / region / city / asnum / range / network / routable / file"},
		{"asnum=1&country=FR", Request{}, "selectors are mutually exclusive (country, asnum)"},
		{"routable=yes&network=x&range_start=a&range_stop=b", Request{}, "selectors are mutually exclusive (range, network, routable)"},
		{"country=,", Request{}, "selector resolved to an empty set of values"},
		{"asnum=,", Request{}, "selector resolved to an empty set of values"},
		{"asnum=1,foo", Request{}, "invalid AS number 'foo'"},
		{"asnum=AS", Request{}, "invalid AS number 'AS'"},
		{"asnum=4294967296", Request{}, "invalid AS number '4294967296'"},
		{"asnum=-1", Request{}, "invalid AS number '-1'"},
		{"range_start=foo&range_stop=192.0.2.1", Request{}, "invalid range 'foo'-'192.0.2.1' (foo)"},
		{"range_start=192.0.2.10&range_stop=192.0.2.1", Request{}, "range '192.0.2.10'-'192.0.2.1' is empty (stop < start)"},
		{"range_start=192.0.2.10", Request{}, "range_start and range_stop must both be set"},
		{"range_stop=192.0.2.10", Request{}, "range_start and range_stop must both be set"},
		{"network=192.0.2.0/33", Request{}, "invalid network '192.0.2.0/33' (a prefix length of 0 to 32 is expected, not 33)"},
		{"region=FR", Request{}, "region= expects two comma-separated values"},
		{"region=FR,", Request{}, "region= expects two comma-separated values"},
		{"city=,Paris", Request{}, "city= expects two comma-separated values"},
		{"country=FR&output=json", Request{}, "invalid output mode 'json'"},
		{"country=FR&limit=x", Request{}, "limit must be an integer (got 'x')"},
		{"country=FR&limit=1.5", Request{}, "limit must be an integer (got '1.5')"},
		{"country=FR&limit=--1", Request{}, "limit must be an integer (got '--1')"},
		{"country=FR&limit=-1", Request{}, "limit must be non-negative"},
		{"country=FR&limit=-0", Request{Selector: Selector{Kind: Country, Codes: []string{"FR"}}}, ""},
		{"country=FR&limit=%2b7", Request{Selector: Selector{Kind: Country, Codes: []string{"FR"}}, Limit: 7}, ""},
		{"country=FR&limit=99999999999999999999", Request{Selector: Selector{Kind: Country, Codes: []string{"FR"}}, Limit: math.MaxUint64}, ""},
	} {
		values, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseRequest(values.Get)
		var message string
		if err != nil {
			message, got = err.Error(), Request{}
		}
		check(t, tt.err, message)
		check(t, tt.want, got)
	}
}

func TestCountryCodes(t *testing.T) {
	check(t, []string{"GB"}, CountryCodes("UK"))
	check(t, []string{"uk"}, CountryCodes("uk"))
	codes := CountryCodes("EU")
	codes[0] = "changed"
	check(t, 28, len(codes))
	check(t, "AT", CountryCodes("EU")[0])
}

// FuzzParseRequest checks that selectors that are accepted have values.
func FuzzParseRequest(f *testing.F) {
	f.Add("country=FR,UK&limit=3")
	f.Add("asnum=AS1&output=addrs")
	f.Add("city=FR,Paris&routable=no")
	f.Add("range_start=::&range_stop=::1")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		r, err := ParseRequest(values.Get)
		s := r.Selector
		if err == nil && s.Kind != Routable && len(s.Codes)+len(s.ASNums)+len(s.Ranges) == 0 && (s.Country == "" || s.Name == "") {
			t.Fatalf("%+v", r)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x1b\x00") {
			t.Fatalf("control characters in %q", err)
		}
	})
}
