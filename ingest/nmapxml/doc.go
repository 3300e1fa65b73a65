// Package nmapxml reads the XML reports of Nmap (-oX, output versions 1.04 and 1.05) and Masscan (-oX) as a
// stream of host records: one <host> element becomes one [host.Host], handed over as soon as the element is
// closed. Nothing about the scan itself is kept.
//
// The package knows the reports' XML and what its elements mean. It must not know what a script's result or a
// Masscan banner means, and must not select hosts: what becomes of scripts and banners is decided by the
// functions in [Options], which hosts are worth keeping by the receiver.
//
// # XML
//
// Reports come from anywhere, so the package has its own reader of the subset of XML 1.0 that they use. It
// is fast (reports of whole address ranges have gigabytes) and has no dangerous features: no entity but the five
// predefined ones and character references is ever expanded (others stay in the text as they are written), a
// document type declaration is skipped, nothing is ever fetched. UTF-8, US-ASCII and ISO-8859-1 documents are
// read; texts are valid UTF-8 without NUL, whatever the file has (U+FFFD stands for what is neither). Other
// control characters stay: they are part of what a service answered.
//
// Errors stay local. A value that is no number where there must be one costs its host, a bad port number its
// port. Where the markup is broken, reading goes on with the next <host>. A report without an end, as
// interrupted scans leave it, gives all hosts that are complete, and [ErrTruncated].
//
// # Limits
//
// Memory is bounded whatever the file has. See the constants in limits.go: a value (an attribute or the text of an
// element) is cut at 16 MiB, a host loses further scripts when it takes more than 256 MiB, and is given up at 512
// MiB. The time that a file takes is proportional to its size.
package nmapxml
