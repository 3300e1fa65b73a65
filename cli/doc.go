// Package cli is the command line of the program: it reads flags, calls the other packages and prints
// their answers as text or JSON lines. It writes no SQL about the program's data and knows no file
// formats of captures.
//
// Exit statuses: 0; 1 for an error, with a message on standard error and nothing on standard output
// that looks like a whole answer; 2 for a command line that can't be understood; 128 + N when signal N
// ended the command; 255 when the user did not confirm.
package cli
