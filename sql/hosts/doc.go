// Package hosts answers questions about host records (scans and views): it maps the fields that conditions name to
// the columns of the tables, and writes the SELECT statements for records, counts, top and distinct values and the
// special lists of the web API. Conditions come as trees (package tree); which words or flags made them is not its
// business, and it stores nothing but for deletions.
package hosts
