// Package passive defines the record of a passive observation: something that a sensor saw on the wire about an
// address, a name or a device, with the number of times it was seen and when.
//
// Importers build these records, the loader turns them into rows. The package knows neither file formats nor the
// database. Its JSON form (see Append) is the one that the web API and the command line serve, apart from the
// conversions that those make on the way out.
package passive
