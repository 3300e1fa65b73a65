// Package query is the query language of host records: the web API's q= words, its f= JSON filters, and the filter
// flags of the command line. All of them become conditions of package tree, made by the same constructors, which name
// the fields of a record by their paths. It knows no SQL.
package query
