package webdata

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// CDN makes cdn_nuclei.json of sources_data.json of projectdiscovery's cdncheck: {category: {name: [networks]}}. What is
// no network is left out: there are categories of domain names.
//
// The label of a slice is [category, name], or a list of such pairs where networks overlap.
func CDN(download []byte) ([]byte, error) {
	var categories map[string]json.RawMessage
	if err := unmarshal(download, &categories); err != nil {
		return nil, err
	}
	var m tableMaker
	for _, category := range slices.Sorted(maps.Keys(categories)) {
		var names map[string][]string
		if json.Unmarshal(categories[category], &names) != nil {
			continue // something else than lists by name
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			label := jsonText([]string{category, name})
			for _, text := range names[name] {
				p, ok := parseEntry(strings.TrimSpace(text))
				if !ok {
					continue
				}
				if err := m.add(p, label); err != nil {
					return nil, fmt.Errorf("%.40q of %.40q: %w", name, category, err)
				}
			}
		}
	}
	return m.write(func(labels []string) string {
		if len(labels) == 1 {
			return labels[0]
		}
		return "[" + strings.Join(labels, ", ") + "]"
	})
}

// unmarshal reads a download that is to be JSON.
func unmarshal(download []byte, v any) error {
	switch {
	case len(strings.TrimSpace(string(download))) == 0:
		return errEmpty
	case isPage(download):
		return errPage
	}
	if err := json.Unmarshal(download, v); err != nil {
		return fmt.Errorf("it is not the JSON that it should be: %w", err)
	}
	return nil
}

// jsonText is a text, or a list of them, as JSON, which can't fail for these.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
