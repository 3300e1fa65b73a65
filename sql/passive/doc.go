// Package passive answers questions about passive records: it turns conditions, tops and look-ups of names into SQL over
// the tables that the migrations describe, and rows into records. It reads; the only thing that it writes is the removal
// of records.
package passive
