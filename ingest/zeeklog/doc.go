// Package zeeklog reads the logs of the Zeek network monitor as a stream of lines whose columns are
// found by name: the tab-separated format with its "#" headers (LogAscii) and the JSON format with one
// object per line (LogAscii::use_json). Both may come in one stream, headers may come again at any line
// (rotated logs that were concatenated) and then replace what they say.
//
// A program describes the columns that it wants in a [Schema], calls [Reader.Next] for each line and
// takes the values from [Reader.Row]. Nothing is allocated per line unless text has to be unescaped.
// A line that cannot be read is reported through [Options].Bad with its number and left out; only an
// error of the underlying reader ends the reading. Memory is bounded by [Options].MaxLine.
//
// The package knows the formats only. It must not know what a log means: no names of logs, no columns.
//
// # Text
//
// Text is returned in one form, whatever the format and the version of Zeek: valid UTF-8 without control
// characters. The escapes of the tab-separated format are resolved (`\x2c` is a comma, `\\` a backslash,
// `\xc3\xa9` an é), because they come from the file format and not from the network. Bytes that are not
// valid UTF-8 and control characters, tab and line feed included, are shown as `\xHH` with two lower case
// digits, as Zeek itself shows them: values come from the network, and must neither be able to steer the
// terminal on which they are printed nor break line-oriented output. Hence the same traffic gives the
// same text from both formats.
package zeeklog
