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

// page is the most records that are sorted rather than read in order.
const page = 10_000

// reading are the settings to read the records of a request with.
func (t Tables) reading(r Request) []string {
	if t.Versions == "" || r.Limit == 0 || r.Skip+r.Limit > page {
		return nil
	}
	// Reading in order takes every record apart to find the newest versions before the first one is known.
	return []string{"optimize_read_in_order = 0"}
}

// View are the tables of consolidated hosts.
var View = Tables{
	Hosts: "views", Scripts: "view_scripts", Tops: "view_tops", Removals: "view_removals", View: true,
	Versions: "view_versions", Given: "view_given", Runs: "view_runs",
}

// Scans are the tables of scan results.
var Scans = Tables{Hosts: "scans", Scripts: "scan_scripts", Tops: "scan_tops", Removals: "scan_removals", Files: "scan_files"}
