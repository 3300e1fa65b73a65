// Package httpscript tells what a web server's answer says about it: from the headers, the server software and the
// applications that name themselves there; from the body, the page's title, the files of a directory listing, and
// Elasticsearch. The results are scripts of a port, as if Nmap's scripts had found them; all sources of answers
// (Nmap, Masscan, zgrab, httpx, ...) share them.
//
// The package gets headers and bodies that were already separated. It must not know of file formats of scanners, nor of
// how answers look on the wire. Answers are hostile: every function takes time in proportion to its input.
package httpscript
