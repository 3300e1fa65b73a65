// Package viewbuild makes the view: it reads scans, passive records and records that were given to the view in the order
// of their addresses, some thousand addresses at a time, merges what there is for each address and stores the results
// that changed. It knows the tables; the rules of merging are those of package viewmerge.
//
// A record of the view is a function of its sources, unless a filter chose some of them: these are then merged with what
// the view holds. So it does not matter in how many runs the sources came in, a run that was interrupted can simply be
// run again, and readers see the old record of an address or the new one.
package viewbuild
