package passivederive

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"github.com/goccy/go-yaml"

	"ivre/config"
	"ivre/ingest/addrrange"
	"ivre/ingest/passive"
)

// Ignore are rules for what is left out: observations about addresses in networks of their kind, unless their source is
// one that is never ignored.
type Ignore struct {
	nets  map[string]addrrange.Set
	never map[string][]string
}

// Match tells whether an observation is to be left out. A nil Ignore leaves out nothing.
func (g *Ignore) Match(r *passive.Record) bool {
	if g == nil || !r.Addr.IsValid() {
		return false
	}
	nets, ok := g.nets[r.Recontype]
	return ok && nets.Contains(r.Addr) && !slices.Contains(g.never[r.Recontype], r.Source)
}

// maxRules is the size of the largest file of rules, in bytes.
const maxRules = 16 << 20

// LoadIgnore reads a file of rules: YAML with the tables ignore (kinds of observations, each with a list of networks and
// ranges FIRST-LAST) and never (kinds, each with a list of sources); or the same tables as Python literals, IGNORENETS
// (ranges are pairs of addresses) and NEVERIGNORE.
func LoadIgnore(path string) (*Ignore, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxRules {
		return nil, fmt.Errorf("%s: a file of rules has at most %d bytes", path, maxRules)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	g, err := ParseIgnore(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

// ParseIgnore reads the text of a file of rules; see LoadIgnore.
func ParseIgnore(text []byte) (*Ignore, error) {
	if bytes.Contains(text, []byte("IGNORENETS")) || bytes.Contains(text, []byte("NEVERIGNORE")) {
		return parsePython(text)
	}
	var tables struct {
		Ignore map[string][]string `yaml:"ignore"`
		Never  map[string][]string `yaml:"never"`
	}
	if err := yaml.UnmarshalWithOptions(text, &tables, yaml.Strict()); err != nil {
		return nil, err
	}
	g := &Ignore{nets: map[string]addrrange.Set{}, never: tables.Never}
	for kind, list := range tables.Ignore {
		ranges := make([]addrrange.Range, 0, len(list))
		for _, s := range list {
			r, err := addrrange.Parse(s)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kind, err)
			}
			ranges = append(ranges, r)
		}
		g.nets[kind] = addrrange.Union(ranges...)
	}
	return g, nil
}

func parsePython(text []byte) (*Ignore, error) {
	values, err := config.Literals(string(text))
	if err != nil {
		return nil, err
	}
	g := &Ignore{nets: map[string]addrrange.Set{}, never: map[string][]string{}}
	for kind, list := range tables(values["IGNORENETS"]) {
		var ranges []addrrange.Range
		for _, pair := range list {
			ends, ok := pair.([]any)
			if !ok || len(ends) != 2 {
				return nil, fmt.Errorf("IGNORENETS: %s: want pairs of addresses", kind)
			}
			first, err1 := address(ends[0])
			last, err2 := address(ends[1])
			r, err3 := addrrange.New(first, last)
			if err := errors.Join(err1, err2, err3); err != nil {
				return nil, fmt.Errorf("IGNORENETS: %s: %w", kind, err)
			}
			ranges = append(ranges, r)
		}
		g.nets[kind] = addrrange.Union(ranges...)
	}
	for kind, list := range tables(values["NEVERIGNORE"]) {
		for _, source := range list {
			s, ok := source.(string)
			if !ok {
				return nil, fmt.Errorf("NEVERIGNORE: %s: want texts", kind)
			}
			g.never[kind] = append(g.never[kind], s)
		}
	}
	return g, nil
}

// tables is a mapping of texts to lists.
func tables(v any) map[string][]any {
	out := map[string][]any{}
	m, ok := v.(map[string]any)
	if !ok {
		return out
	}
	for k, v := range m {
		if list, ok := v.([]any); ok {
			out[k] = list
		}
	}
	return out
}

// address is an address given as a text or as the number of an IPv4 one.
func address(v any) (netip.Addr, error) {
	switch v := v.(type) {
	case string:
		return addrrange.ParseAddr(v)
	case int64:
		if v >= 0 && v <= 1<<32-1 {
			return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), nil
		}
	}
	return netip.Addr{}, fmt.Errorf("%v is not an address", v)
}
