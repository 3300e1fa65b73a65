// Package httpapi is the web interface: the JSON API below /cgi that web pages and the HTTP database
// client speak, static pages, and metrics. It decodes requests, applies the gates in front of them
// (Referer, upload switch, modules) and writes answers byte for byte as clients expect them.
//
// It has no SQL and parses no files: questions go to package ivre/sql/flows, records that are posted go
// to the FlowSink that it is given.
package httpapi
