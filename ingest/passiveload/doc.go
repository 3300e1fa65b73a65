// Package passiveload stores passive observations: it has them normalised, adds up equal ones and sends what is left in
// columnar batches over the native protocol. It knows no file format, and nothing but the base table passive_events (the
// engine fills the others from it) and the journal of files.
package passiveload
