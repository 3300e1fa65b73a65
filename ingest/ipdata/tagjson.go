package ipdata

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/netip"
	"slices"
	"strings"

	"ivre/ingest/ipdata/govcloud"
	"ivre/ingest/ipdata/netrange"
)

// Lists of networks come in two forms: as published, or as a table [[last address of each slice of the address
// space, as a number of 128 bits], [label or null of each slice]].

// document is a JSON file of either form.
type document struct {
	table  bool
	stops  []json.Number
	labels []json.RawMessage
	object map[string]json.RawMessage
}

func readDocument(data io.Reader) (d document, err error) {
	text, err := io.ReadAll(data)
	if err != nil {
		return d, err
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return d, errors.New("the file is empty")
	}
	if text[0] != '[' {
		return d, json.Unmarshal(text, &d.object)
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return d, err
	}
	if len(parts) != 2 {
		return d, fmt.Errorf("a table has 2 lists, this one has %d", len(parts))
	}
	d.table = true
	if err := json.Unmarshal(parts[0], &d.stops); err != nil {
		return d, fmt.Errorf("list of addresses: %w", err)
	}
	if err := json.Unmarshal(parts[1], &d.labels); err != nil {
		return d, fmt.Errorf("list of labels: %w", err)
	}
	if len(d.stops) != len(d.labels) {
		return d, fmt.Errorf("a table has one label per slice, this one has %d slices and %d labels", len(d.stops), len(d.labels))
	}
	return d, nil
}

// addTable adds the slices of a table that have a label.
func (d *document) addTable(b *tagBuilder, labelsOf func(json.RawMessage) ([]tagLabel, error)) error {
	var bad badEntries
	var start key
	for i, n := range d.stops {
		stop, ok := numberKey(string(n))
		if !ok || stop.compare(start) < 0 {
			bad.note("slice %d: %.50q is no address after the slice before", i+1, string(n))
			continue
		}
		r := netrange.Range{First: start.addr(), Last: stop.addr()}
		start = stop.next()
		if string(d.labels[i]) != "null" {
			labels, err := labelsOf(d.labels[i])
			if err != nil {
				bad.note("slice %d: %v", i+1, err)
			} else if err := b.add(r, labels...); err != nil {
				return err
			}
		}
		if start == (key{}) {
			break
		}
	}
	return bad.err()
}

func numberKey(s string) (key, bool) {
	if len(s) > 39 {
		return key{}, false
	}
	n, ok := new(big.Int).SetString(s, 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 128 {
		return key{}, false
	}
	lo := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0))).Uint64()
	return key{n.Rsh(n, 64).Uint64(), lo}, true
}

// addr is an IPv6 address, IPv4-mapped for those of IPv4: keyOf gives the key back.
func (k key) addr() netip.Addr {
	var b [16]byte
	for i := range 8 {
		b[i], b[8+i] = byte(k.hi>>(56-8*i)), byte(k.lo>>(56-8*i))
	}
	return netip.AddrFrom16(b)
}

// loadCDN reads the list of networks of projectdiscovery's cdncheck: {category: {name: [networks]}}; there are
// categories of domain names, too, which are ignored. The label of a table's slice is [category, name], a list of such
// pairs, or {"category": .., "name": ..}.
func loadCDN(b *tagBuilder, data io.Reader) error {
	d, err := readDocument(data)
	if err != nil {
		return err
	}
	if d.table {
		return d.addTable(b, cdnLabel)
	}
	var bad badEntries
	for _, category := range slices.Sorted(maps.Keys(d.object)) {
		var names map[string][]string
		if err := json.Unmarshal(d.object[category], &names); err != nil {
			bad.note("category %.50q: %v", category, err)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			for _, net := range names[name] {
				r, ok := parseEntry(strings.TrimSpace(net))
				if !ok {
					continue // domain names
				}
				if err := b.add(r, cdnTag(category, name)); err != nil {
					return err
				}
			}
		}
	}
	return bad.err()
}

func cdnTag(category, name string) tagLabel {
	return tagLabel{strings.ToUpper(category), "info", name + " as listed by cdncheck (projectdiscovery)"}
}

func cdnLabel(raw json.RawMessage) ([]tagLabel, error) {
	var pair []string
	if json.Unmarshal(raw, &pair) == nil && len(pair) == 2 {
		return []tagLabel{cdnTag(pair[0], pair[1])}, nil
	}
	var pairs [][]string
	if json.Unmarshal(raw, &pairs) == nil && len(pairs) > 0 && !slices.ContainsFunc(pairs, isNoPair) {
		labels := make([]tagLabel, len(pairs))
		for i, p := range pairs {
			labels[i] = cdnTag(p[0], p[1])
		}
		return labels, nil
	}
	var obj struct{ Category, Type, Name string }
	if json.Unmarshal(raw, &obj) == nil && obj.Name != "" && obj.Category+obj.Type != "" {
		return []tagLabel{cdnTag(obj.Category+obj.Type, obj.Name)}, nil
	}
	return nil, fmt.Errorf("the label %.60q has no category and name", string(raw))
}

func isNoPair(list []string) bool { return len(list) != 2 }

// loadGovCloud reads networks of government clouds: a table whose labels are lists of texts ("Platform: AWS", ..),
// or what AWS (ip-ranges.json) or Microsoft (ServiceTags_AzureGovernment_*.json) publish.
func loadGovCloud(b *tagBuilder, data io.Reader) error {
	d, err := readDocument(data)
	if err != nil {
		return err
	}
	switch {
	case d.table:
		return d.addTable(b, govLabel)
	case d.object["prefixes"] != nil:
		return loadAWS(b, d.object["prefixes"])
	case d.object["values"] != nil:
		return loadAzure(b, d.object["values"])
	}
	return errors.New("neither a table nor a list of AWS (prefixes) or Azure (values)")
}

func govLabel(raw json.RawMessage) ([]tagLabel, error) {
	var texts []string
	var text string
	var obj map[string]string
	switch {
	case json.Unmarshal(raw, &texts) == nil:
	case json.Unmarshal(raw, &text) == nil:
		texts = []string{text}
	case json.Unmarshal(raw, &obj) == nil:
		for k, v := range obj {
			if k != "" && v != "" {
				texts = append(texts, strings.ToUpper(k[:1])+k[1:]+": "+v)
			}
		}
	default:
		return nil, fmt.Errorf("the label %.60q is no list of texts", string(raw))
	}
	return govTags(texts), nil
}

func govTags(infos []string) []tagLabel {
	out := make([]tagLabel, len(infos))
	for i, s := range infos {
		out[i] = tagLabel{"GovCloud", "info", s}
	}
	return out
}

func loadAWS(b *tagBuilder, raw json.RawMessage) error {
	var prefixes []govcloud.AWSPrefix
	if err := json.Unmarshal(raw, &prefixes); err != nil {
		return err
	}
	var bad badEntries
	for i, p := range prefixes {
		if !p.Government() {
			continue
		}
		r, ok := parseEntry(p.IPv4)
		if !ok {
			bad.note("entry %d of prefixes: %.60q is no network", i+1, p.IPv4)
			continue
		}
		if err := b.add(r, govTags(p.Infos())...); err != nil {
			return err
		}
	}
	return bad.err()
}

func loadAzure(b *tagBuilder, raw json.RawMessage) error {
	var values []govcloud.AzureValue
	if err := json.Unmarshal(raw, &values); err != nil {
		return err
	}
	var bad badEntries
	for i, v := range values {
		labels := govTags(v.Infos())
		for _, net := range v.Properties.AddressPrefixes {
			r, ok := parseEntry(net)
			if !ok {
				bad.note("entry %d of values: %.60q is no network", i+1, net)
				continue
			}
			if err := b.add(r, labels...); err != nil {
				return err
			}
		}
	}
	return bad.err()
}
