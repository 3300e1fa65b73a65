// Package zeekscript carries the package for the Zeek network monitor whose log "passiverecon" is imported as passive
// records: scripts for Zeek 5 to 7, their description for Zeek's package manager, and instructions.
//
// The log's columns and kinds of observations are an agreement between the scripts and the importer, written down here
// as Columns and Recontypes. The package runs nothing and parses no log.
package zeekscript
