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
	// Versions is the table behind Hosts, where that shows the newest version of each record; empty: Hosts is a table.
	Versions string
	// Given holds records that are sources of the view; Runs is the journal of the runs that made it.
	Given, Runs string
}

// View are the tables of consolidated hosts.
var View = Tables{
	Hosts: "views", Scripts: "view_scripts", Tops: "view_tops", Removals: "view_removals", View: true,
	Versions: "view_versions", Given: "view_given", Runs: "view_runs",
}

// Scans are the tables of scan results.
var Scans = Tables{Hosts: "scans", Scripts: "scan_scripts", Tops: "scan_tops", Removals: "scan_removals", Files: "scan_files"}
