// Package scripts turns the results of Nmap scripts into what records hold: it drops those that say nothing, gives
// structured results the shapes that filters and counts rely on, and takes names, addresses and products out of them.
// A rule that does not fit a result leaves it as Nmap wrote it: reports come from hostile networks.
package scripts
