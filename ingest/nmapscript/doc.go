// Package nmapscript turns the results of Nmap's scripts, as its XML reports have them, into what records hold. It
// drops results that say nothing, gives structured results the shapes that filters and counts rely on, makes structures
// from texts where Nmap wrote none, and takes host names, addresses and applications out of results.
//
// The rules are Nmap's own formats (nselib and scripts of Nmap 5 to 7.9x) and the shapes that earlier records have. A
// rule that does not fit a result leaves it as Nmap wrote it: reports come from hostile networks, and scripts change.
// Structures are changed in place.
//
// The package must not know of XML, of certificates' encoding or of image files: the Pipeline's functions do.
package nmapscript
