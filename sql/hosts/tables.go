package hosts

// Tables names the tables of one kind of host records.
type Tables struct {
	Hosts   string // a row per record
	Scripts string // a row per script result
	Tops    string // numbers of values, kept by materialized views
	// Removals lists the records that are being deleted.
	Removals string
	// Files is the journal of loaded files; empty: there is none.
	Files string
	// View tells that these are consolidated hosts rather than results of scans.
	View bool
}

// Scans are the tables of scan results.
var Scans = Tables{Hosts: "scans", Scripts: "scan_scripts", Tops: "scan_tops", Removals: "scan_removals", Files: "scan_files"}
