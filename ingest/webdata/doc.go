// Package webdata makes the files that tags of addresses come from (Tor's exit nodes, networks of clouds, scanners, ...)
// out of what is published about them. It reads downloads and writes files' contents: it does not fetch anything, does
// not touch files, and does not look addresses up, which ingest/ipdata does with the files.
//
// A download that is not what it should be (a web page instead of a list, nothing, half of a file) is an error, so that
// it does not replace a good file.
package webdata
