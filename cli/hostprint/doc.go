// Package hostprint writes host records as the command line shows them: as text, as JSON, as URLs, in the formats
// of other tools (Nmap's XML and grepable output, Honeyd's configuration, Graphviz), and as tables. It also writes
// the labels of top values and distinct values.
//
// It does not select, sort or fetch records, does not look anything up by itself (manufacturers and clusters come
// from functions in the options), and does not know what a terminal is: callers say how it shall look.
//
// # Hostile text
//
// Records hold what scanned hosts answered. Control characters in it never reach the output: see
// [ivre/cli/termtext] for the escapes (\n, \r, \t, \xHH, \uHHHH). LF and TAB occur where the layout has them, and a
// TAB also inside of the lines of a script's output. JSON and XML have their own escapes. The configuration for
// Honeyd has commands; what gets into them is restricted to harmless characters.
package hostprint
