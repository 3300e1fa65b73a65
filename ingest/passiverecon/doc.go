// Package passiverecon reads the log of the same name that a Zeek sensor writes: one line per passive observation, with
// the columns ts, uid, host, srvport, recon_type, source, value and targetval. Both of Zeek's formats are read, the
// tab-separated one (also with headers that come again) and JSON with one object per line.
//
// The package makes records of lines and nothing else. It must not know what the kinds of observations mean: values are
// as the sensor saw them, package passivederive changes them into what is stored.
//
// # Text
//
// What the sensor saw may be any bytes. Texts of records are UTF-8 and stand for these bytes without ambiguity: a
// backslash is written \\, and control characters (C0, DEL, C1) and bytes that are not UTF-8 are written \xHH with two
// lower case digits. This is how Zeek writes its tab-separated logs, and the identity of records depends on it. JSON logs
// are brought to the same form, so that the same traffic makes the same records.
//
// Zeek's JSON has one ambiguity: bytes that are not UTF-8 are written \xHH there, and so is, by chance, a client that
// sends these four characters. In both formats such text is taken for the byte if Zeek would have written the byte so
// (lower case digits, below 0x20 or from 0x7f on), else for the characters: \x41 is what a client sent, \x90 a byte.
package passiverecon
