// Package termtext makes text that came from a network fit to be shown on a terminal: control characters, which a
// terminal would obey, become visible, and widths are counted in columns.
//
// It knows nothing of what the text means, and it does not colour, wrap or lay out anything.
package termtext
