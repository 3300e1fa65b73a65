package viewmerge

import "ivre/ingest/host"

// FromScan returns the record that a view has of a scan's record, nil if that has no address: its sources are a list, and
// category, unless it is empty, is one of its categories. Nothing else is different. The record itself does not change;
// the result has parts in common with it.
func FromScan(h *host.Host, category string) *host.Host {
	if !h.Addr.IsValid() {
		return nil
	}
	v := *h
	var sources, categories textSet
	for _, s := range h.Source {
		if s != "" {
			sources.add(s)
		}
	}
	categories.add(h.Categories...)
	if category != "" {
		categories.add(category)
	}
	v.Source, v.SourceList, v.Categories = sources.sorted(), true, categories.sorted()
	return &v
}
