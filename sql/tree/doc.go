// Package tree is the program's one form of a condition on records, and the one way from there to SQL.
// Whatever a user writes conditions in (flow filters, the web's query language, its JSON form, command
// line flags), a parser turns it into this tree, and Compile turns the tree into a boolean SQL
// expression over the columns that a Catalog describes.
//
// Two rules hold everywhere:
//
//   - Every condition is true or false, never unknown. A test of a field that a record lacks is false,
//     and Not inverts: "not equal" is Not of an equality and therefore true where the field is absent.
//   - Nothing that a user wrote becomes SQL. Values are bound as server-side parameters ({p1:String}),
//     names are looked up in the catalog, whose SQL is part of the program.
//
// The package knows no table and runs no statement, and it knows no query language.
package tree
