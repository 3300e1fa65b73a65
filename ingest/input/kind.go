package input

import "bytes"

// Kind is a file format that is recognised by its first bytes.
type Kind uint8

// The kinds that Detect knows. Text formats (iptables, Zeek) have no such bytes and are Unknown.
const (
	Unknown Kind = iota
	NetFlow      // a file of nfdump or nfcapd, layout 1 or 2
	Argus        // a stream of Argus records, version 3
)

// String returns the name by which users choose the kind on the command line.
func (k Kind) String() string {
	switch k {
	case NetFlow:
		return "netflow"
	case Argus:
		return "argus"
	}
	return "unknown"
}

var kindMagics = []struct {
	kind  Kind
	magic []byte
}{
	{NetFlow, []byte{0x0c, 0xa5, 0x01, 0x00}},
	{NetFlow, []byte{0x0c, 0xa5, 0x02, 0x00}},
	// The header of the management record that opens every Argus file: type 8 version 3, cause
	// "start", 32 words long.
	{Argus, []byte{0x83, 0x10, 0x00, 0x20}},
}

// Detect tells the kind of a file from its first bytes, after decompression; four are enough.
func Detect(head []byte) Kind {
	for _, m := range kindMagics {
		if bytes.HasPrefix(head, m.magic) {
			return m.kind
		}
	}
	return Unknown
}
