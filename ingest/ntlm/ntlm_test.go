package ntlm

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// challengeOfServer is a challenge of a Windows server (build 17763).
const challengeOfServer = "TlRMTVNTUAACAAAADgAOADgAAAAVgoniEREREREREREAAAAAAAAAAHoAegBGAAAACgBjRQAAAA9FAFgAQQBNAFAATABFAAIADgBFAFgAQQBNAFAATABFAAEACABTAFIAVgAxAAQAFgBlAHgAYQBtAHAAbABlAC4AYwBvAG0AAwAgAHMAcgB2ADEALgBlAHgAYQBtAHAAbABlAC4AYwBvAG0ABQAWAGUAeABhAG0AcABsAGUALgBjAG8AbQAAAAAA"

var serverFields = []Field{
	{Fingerprint, "0xe2898215"}, {TargetName, "EXAMPLE"}, {ProductVersion, "10.0.17763"}, {NTLMVersion, "15"},
	{NetBIOSDomainName, "EXAMPLE"}, {NetBIOSComputerName, "SRV1"}, {DNSDomainName, "example.com"},
	{DNSComputerName, "srv1.example.com"}, {DNSTreeName, "example.com"},
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// build makes a message: numbers of the fixed part from byte 8 on, a filler up to the length, then texts.
func build(length int, u32s map[int]uint32, u16s map[int]uint16, texts ...[]byte) []byte {
	b := make([]byte, length)
	copy(b, Signature)
	for at, v := range u32s {
		binary.LittleEndian.PutUint32(b[at:], v)
	}
	for at, v := range u16s {
		binary.LittleEndian.PutUint16(b[at:], v)
	}
	for _, t := range texts {
		b = append(b, t...)
	}
	return b
}

func authMessage(fixed int, flags uint32, domain, user, workstation []byte, version []byte) []byte {
	at := uint32(fixed)
	b := build(fixed,
		map[int]uint32{8: authenticate, 32: at, 40: at + uint32(len(domain)), 48: at + uint32(len(domain)+len(user))},
		map[int]uint16{28: uint16(len(domain)), 36: uint16(len(user)), 44: uint16(len(workstation))},
		domain, user, workstation)
	if fixed >= 64 {
		binary.LittleEndian.PutUint32(b[60:], flags)
	}
	if fixed >= 72 {
		copy(b[64:72], version)
	}
	return b
}

func pair(typ uint16, s []byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, typ)
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
}

func challengeMessage(flags uint32, target []byte, pairs, after []byte) []byte {
	info := uint32(56 + len(target))
	return build(56, map[int]uint32{8: challenge, 16: 56, 20: flags, 44: info},
		map[int]uint16{12: uint16(len(target)), 40: uint16(len(pairs)), 42: uint16(len(pairs))}, target, pairs, after)
}

func TestDecode(t *testing.T) {
	version := []byte{6, 1, 0xb1, 0x1d, 0, 0, 0, 15}
	tests := []struct {
		name string
		msg  []byte
		want []Field
	}{
		{"negotiate with version only", build(40, map[int]uint32{8: negotiate, 12: 0xa2088207}, nil), []Field{{Fingerprint, "0xa2088207"}}},
		{"negotiate, shortest", build(16, map[int]uint32{8: negotiate, 12: 1}, nil), []Field{{Fingerprint, "0x00000001"}}},
		{"negotiate with 8-bit names in spite of its flags",
			build(32, map[int]uint32{8: negotiate, 12: 1, 20: 32, 28: 36}, map[int]uint16{16: 4, 24: 3}, []byte("CORPPC\xe9")),
			[]Field{{Fingerprint, "0x00000001"}, {NetBIOSDomainName, "CORP"}, {Workstation, `PC\xe9`}}},
		{"negotiate with UTF-16 names",
			build(32, map[int]uint32{8: negotiate, 20: 32, 28: 40}, map[int]uint16{16: 8, 24: 4}, wide("CORPPC")),
			[]Field{{Fingerprint, "0x00000000"}, {NetBIOSDomainName, "CORP"}, {Workstation, "PC"}}},
		{"negotiate with names beyond the end",
			build(40, map[int]uint32{8: negotiate, 20: 38, 28: 0xfffffff0}, map[int]uint16{16: 4, 24: 4}),
			[]Field{{Fingerprint, "0x00000000"}}},
		{"challenge of a server", unbase64(t, challengeOfServer), serverFields},
		{"challenge, shortest", build(24, map[int]uint32{8: challenge, 20: 2}, nil), []Field{{Fingerprint, "0x00000002"}, {TargetName, ""}}},
		{"challenge whose target is cut off", build(24, map[int]uint32{8: challenge, 16: 20, 20: 2}, map[int]uint16{12: 8}), []Field{{Fingerprint, "0x00000002"}}},
		{"challenge with data after the names",
			challengeMessage(flagUnicode|flagTargetInfo, wide("T"), append(pair(3, wide("a.b")), pair(0, nil)...), []byte("more")),
			[]Field{{Fingerprint, "0x00800001"}, {TargetName, "T"}, {DNSComputerName, "a.b"}}},
		{"a timestamp ends the names",
			challengeMessage(flagUnicode|flagTargetInfo, nil, append(append(pair(2, wide("é")), pair(7, make([]byte, 8))...), pair(1, wide("X"))...), nil),
			[]Field{{Fingerprint, "0x00800001"}, {TargetName, ""}, {NetBIOSDomainName, `\xc3\xa9`}}},
		{"a name that is longer than the list",
			challengeMessage(flagUnicode|flagTargetInfo, nil, append(pair(1, wide("A")), 2, 0, 200, 0), nil),
			[]Field{{Fingerprint, "0x00800001"}, {TargetName, ""}, {NetBIOSComputerName, "A"}}},
		{"authenticate with version", authMessage(72, flagUnicode|flagVersion, wide("DOM"), wide("bob"), wide("PC"), version),
			[]Field{{NetBIOSDomainName, "DOM"}, {UserName, "bob"}, {Workstation, "PC"}, {ProductVersion, "6.1.7601"}, {NTLMVersion, "15"}}},
		{"authenticate without room for a version", authMessage(64, flagUnicode|flagVersion, wide("D"), wide("b"), nil, nil),
			[]Field{{NetBIOSDomainName, "D"}, {UserName, "b"}}},
		{"authenticate without flags", authMessage(52, 0, []byte("DOM"), []byte("bob"), []byte("PC"), nil),
			[]Field{{NetBIOSDomainName, "DOM"}, {UserName, "bob"}, {Workstation, "PC"}}},
		{"authenticate, anonymous", authMessage(72, flagUnicode, nil, nil, nil, version), nil},
		{"half a character is left out", authMessage(64, flagUnicode, []byte("abc"), wide("bob"), nil, nil), []Field{{UserName, "bob"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode(tt.msg)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct {
		name, msg, want string
	}{
		{"empty", "", "does not begin"},
		{"other", "HTTP/1.1 200 OK\r\n", "does not begin"},
		{"no type", Signature + "\x01", "too short"},
		{"unknown type", Signature + "\x04\x00\x00\x00more", "unknown type 4"},
		{"short negotiate", Signature + "\x01\x00\x00\x00\x07", "has 13 bytes, expected at least 16"},
		{"short challenge", Signature + "\x02\x00\x00\x00" + strings.Repeat("\x00", 11), "has 23 bytes, expected at least 24"},
		{"short authenticate", Signature + "\x03\x00\x00\x00" + strings.Repeat("\x00", 39), "has 51 bytes, expected at least 52"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fields, err := Decode([]byte(tt.msg))
			if err == nil || !strings.Contains(err.Error(), tt.want) || fields != nil {
				t.Errorf("got %v, %v; want an error with %q", fields, err, tt.want)
			}
		})
	}
	if _, err := Decode([]byte("x")); !errors.Is(err, ErrNotNTLM) {
		t.Errorf("got %v, want ErrNotNTLM", err)
	}
}

func TestText(t *testing.T) {
	tests := []struct {
		name, in string
		unicode  bool
		want     string
		ok       bool
	}{
		{"8-bit", "caf\xe9\\", false, `caf\xe9\\`, true},
		{"zeros tell UTF-16", "a\x00\xe9\x00", false, `a\xc3\xa9`, true},
		{"UTF-16", "\xac\x20", true, `\xe2\x82\xac`, true},
		{"little endian mark", "\xff\xfea\x00", true, "a", true},
		{"big endian mark", "\xfe\xff\x00a", true, "a", true},
		{"surrogate pair", "\x3d\xd8\x00\xde", true, `\xf0\x9f\x98\x80`, true},
		{"lone halves", "\x3d\xd8a\x00\x00\xde", true, `\xef\xbf\xbda\xef\xbf\xbd`, true},
		{"high half at the end", "\x3d\xd8", true, `\xef\xbf\xbd`, true},
		{"odd length", "a\x00b", true, "", false},
		{"empty", "", true, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := text([]byte(tt.in), tt.unicode); got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %v, want %q, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(unbase64(f, challengeOfServer))
	f.Add(build(40, map[int]uint32{8: negotiate, 12: 1, 20: 32, 28: 36}, map[int]uint16{16: 4, 24: 3}))
	f.Add(authMessage(72, flagUnicode|flagVersion, wide("DOM"), wide("bob"), wide("PC"), make([]byte, 8)))
	f.Add(challengeMessage(flagTargetInfo, wide("T"), append(pair(3, []byte("a.b")), pair(0, nil)...), []byte("more")))
	f.Fuzz(func(t *testing.T, b []byte) {
		fields, err := Decode(b)
		if err != nil && fields != nil {
			t.Errorf("fields and the error %v", err)
		}
		size := 0
		for _, field := range fields {
			size += len(field.Value)
			for _, c := range []byte(field.Value) {
				if c < ' ' || c > '~' {
					t.Fatalf("%s is not printable: %q", field.Key, field.Value)
				}
			}
		}
		if size > 4*4*len(b)+200 { // three texts may be the same bytes
			t.Errorf("%d bytes of text from a message of %d", size, len(b))
		}
	})
}
