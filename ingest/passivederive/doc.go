// Package passivederive makes passive records of what sensors observed: it leaves out what rules say to ignore, brings
// values into the form that makes equal things equal (times in banners, raw fingerprints, authentication data), turns
// answers of DNS blacklists into records about the listed addresses, and derives information: services, certificates,
// keys, hashes, names.
//
// All values come from the network. The package knows neither files nor the database.
package passivederive
