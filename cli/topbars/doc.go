// Package topbars shows how often values occur as a table with horizontal bars, for people who look at a terminal.
// Programs get the plain lines that the command line prints otherwise: the form of this table may change.
//
// It does not count, sort or name anything, and does not ask the terminal for its width.
package topbars
