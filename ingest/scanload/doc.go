// Package scanload stores host records: it turns them into columns and sends these over the native protocol, several
// batches at a time. It knows no file format, and nothing but the base tables of scans (the engine fills the others
// from these) and the journal of loaded files.
//
// What is promised: a file that the journal holds is in the database as a whole. Records of files that it does not
// hold, because a load was interrupted, are removed by Recover.
package scanload
