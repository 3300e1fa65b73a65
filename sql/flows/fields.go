package flows

import "ivre/sql/flowfilter"

// FieldInfo describes a field that filters, top values and listings may name.
type FieldInfo = flowfilter.Field

// Fields returns all valid fields in the order in which they are shown to users.
func Fields() []FieldInfo { return flowfilter.Fields() }

// ValidateField returns an InputError unless there is a field of that name.
func ValidateField(name string) error {
	if _, ok := flowfilter.Lookup(name); !ok {
		return &InputError{flowfilter.NoField(name)}
	}
	return nil
}
