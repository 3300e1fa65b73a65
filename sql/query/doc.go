// Package query is the query language for records of hosts, passive observations and address registries: the q= words
// of the web API, its f= JSON filters, the filter flags of the command line, and the base filters of users. All of
// them become conditions of package tree, made by the same constructors.
//
// Conditions name what they test by its path in the record (ports.service_name). A path descends into every element
// of every array on its way; conditions on one and the same element are a tree.Elements, inside of which names are
// relative to the element. Inside an element of ports.scripts, port.NAME are the members of the port that the script
// belongs to, and the structured result of a script is below its key (see host.DataKey).
//
// Adding a word, a function or a flag is one row in a table (tokens*.go, functions*.go, flags.go) that calls a
// constructor, and one row in the tests.
//
// The package knows no SQL and no tables, and must not: which column or table answers a condition is the business of
// the catalogs.
package query
