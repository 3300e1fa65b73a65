// Package screenshot puts the images that scan tools made of services into records: it finds the file that a script of
// Nmap saved, checks it, cuts off its uniform borders, and has Tesseract (an external program) read its words.
//
// Reports and images come from strangers. The package opens no file but regular ones in the folders it is given, believes
// no extension, and bounds what it reads, decodes, starts and waits for. It does not know how reports are read, and must
// not interpret names other than as those of files without a folder. Nothing of a stranger's encoding is passed on to
// Tesseract, whose libraries are written in C and which takes input that it does not recognise for a list of files to
// open: it gets the pixels, newly encoded.
package screenshot
