// Package viewmerge makes the one record that a view holds for an address out of what scans found and what sensors
// saw: it converts records of both kinds (FromScan, FromPassive), merges any number of them (Builder, Merge) and ends
// the result with automatic tags, clean-up and geography (Finish).
//
// All of it works on records in memory. The package must not know of the database, of files, or of where geography and
// lists of addresses come from: callbacks provide these.
//
// # Which record is newer
//
// Much of a merge is "the newer one wins". Records are ordered by their end (one without an end is as old as 1970).
// Merge takes its second record as the newer one of two with the same end. A Builder, which may get records in any
// order, decides such ties by the records' origin (what the view held before, scans, passive records), then by a
// hash of their JSON form: never by the order of arrival. Everything that a Builder holds is the state of a newest or
// oldest record for each item (a host name, a port's script, a certificate in a script, ...), or a set; so a record can
// be added at any time, and the work for it does not depend on the number of records that were added before.
//
// Groups of records may be merged first, and the results then with each other, as long as no group's time span contains
// the end of a record of another group: a merged record has one end only, so it does not tell any more how old
// its parts are. Sets (categories, sources, names, addresses, CPEs, tags, scanners' traces) are the same even then.
//
// Two rules depend on the grouping in any case. The service of a port displaces an older one of another name, and then
// does not get what the one before that knew; but a group without the oldest of the three forgets that there was another
// name in between. And the doubtful ports of a record are dropped if another one of the group is a honeypot; a Builder
// looks at each record as it was added. So what counts is what one Builder makes of all records.
package viewmerge
