// Package host defines the record of a scanned host, as it is stored and served: what a scan or a view knows
// of one address. Parsers of scan files build these records, the loader turns them into columns.
//
// The package knows neither file formats nor the database. Its JSON form (see Append) is the one that the
// web API and the command line serve, apart from the conversions that those make on the way out.
package host
