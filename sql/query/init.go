package query

import (
	"strings"

	"ivre/sql/tree"
)

// Init is the base filter of a user that a configuration gives: full, noaccess, category:A[,B...] (of passive records:
// the sensor) or source:A. It is nil if all records satisfy it.
func Init(spec string, db Database) (tree.Cond, error) {
	b, err := newBuilder(db, Options{}, false)
	if err != nil {
		return nil, err
	}
	kind, value, hasValue := strings.Cut(spec, ":")
	switch {
	case spec == "full":
		return nil, nil
	case spec == "noaccess":
		return tree.Const(false), nil
	case kind != "category" && kind != "source" || !hasValue:
		return nil, about(spec, fail("a base filter is full, noaccess, category:A,B... or source:A"))
	case db == RIR:
		return nil, about(spec, fail("records of registries have neither category nor source"))
	case kind == "category":
		return b.category(texts(strings.Split(value, ",")), false), nil
	}
	return equals("source", value), nil
}
