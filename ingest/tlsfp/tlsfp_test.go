package tlsfp

import (
	"crypto/tls"
	"encoding/binary"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

type ext struct {
	typ  uint16
	data []byte
}

func u16s(list ...uint16) []byte {
	var b []byte
	for _, v := range list {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

func sized16(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

// hello builds a handshake message.
func hello(version uint16, ciphers []uint16, exts []ext) []byte {
	b := binary.BigEndian.AppendUint16(nil, version)
	b = append(b, make([]byte, 32)...)
	b = append(b, 2, 'i', 'd')
	b = append(b, sized16(u16s(ciphers...))...)
	b = append(b, 1, 0)
	if exts != nil {
		var all []byte
		for _, e := range exts {
			all = binary.BigEndian.AppendUint16(all, e.typ)
			all = append(all, sized16(e.data)...)
		}
		b = append(b, sized16(all)...)
	}
	return append([]byte{1, 0, byte(len(b) >> 8), byte(len(b))}, b...)
}

// records cuts a message into TLS records.
func records(msg []byte, size int) []byte {
	var out []byte
	for part := range slices.Chunk(msg, size) {
		out = append(out, 22, 3, 1)
		out = append(out, sized16(part)...)
	}
	return out
}

// chrome is the example of the technical description of JA4, with GREASE as browsers send it.
func chrome() []byte {
	ciphers := []uint16{0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035}
	algs := sized16(u16s(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))
	exts := []ext{{0xdada, nil}, {0x001b, nil}, {0x0000, []byte("\x00\x04\x00\x00\x01a")}, {0x0033, nil}, {0x0010, []byte("\x00\x0c\x02h2\x08http/1.1")},
		{0x4469, nil}, {0x0017, nil}, {0x002d, nil}, {0x000d, algs}, {0x0005, nil}, {0x0023, nil}, {0x0012, nil},
		{0x002b, append([]byte{6}, u16s(0x3a3a, 0x0304, 0x0303)...)}, {0xff01, []byte{0}}, {0x000b, []byte{1, 0}},
		{0x000a, sized16(u16s(0x1a1a, 0x001d, 0x0017, 0x0018))}, {0x0a0a, []byte{0}}, {0x0015, nil}}
	return hello(0x0303, ciphers, exts)
}

func TestJA4(t *testing.T) {
	got := JA4Client(records(chrome(), 1<<14), TCP)
	want := host.NewObject("ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1", "ja4_a", "t13d1516h2", "ja4_b", "8daaf6152771",
		"ja4_b_raw", "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9",
		"ja4_c", "e5627efa2ab1", "ja4_c1_raw", "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01",
		"ja4_c2_raw", "0403,0804,0401,0503,0805,0501,0806,0601")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestJA4Parts(t *testing.T) {
	versions := func(list ...uint16) ext { return ext{43, append([]byte{byte(2 * len(list))}, u16s(list...)...)} }
	alpn := func(s string) ext { return ext{16, sized16(append([]byte{byte(len(s))}, s...))} }
	many := make([]uint16, 120)
	for i := range many {
		many[i] = uint16(i + 1)
	}
	for _, tt := range []struct {
		name      string
		hello     []byte
		transport byte
		want      string
	}{
		{"no extensions", hello(0x0301, []uint16{5}, nil), TCP, "t10i010000_" + hash12("0005") + "_000000000000"},
		{"no ciphers", hello(0x0300, nil, []ext{}), TCP, "ts3i000000_000000000000_000000000000"},
		{"QUIC, no signature algorithms", hello(0x0303, nil, []ext{versions(0x0304, 0x0303), alpn("h3")}), QUIC, "q13i0002h3_000000000000_"},
		{"odd name of a protocol", hello(0x0302, nil, []ext{alpn("\xabh")}), TCP, "t11i0001a8_"},
		{"name of one letter", hello(0x0303, nil, []ext{alpn("a")}), TCP, "t12i0001aa_"},
		{"GREASE as a protocol", hello(0x0303, nil, []ext{alpn("\x0a\x0a")}), TCP, "t12i00010a_"},
		{"more than fits", hello(0x0303, many, nil), TCP, "t12i990000_"},
		{"unknown version", hello(0x7f17, nil, nil), TCP, "t00i000000_"},
	} {
		got := JA4Client(tt.hello, tt.transport).Text("ja4")
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestJA3(t *testing.T) {
	// The example of the description of JA3: 769,4-5-10-9-100-98-3-6-19-18-99,,,
	old := hello(769, []uint16{4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}, nil)
	o := JA3Client(old)
	if o.Text("raw") != "769,4-5-10-9-100-98-3-6-19-18-99,,," || o.Text("md5") != "de350869b8c85de67a350c8d186f11e6" {
		t.Errorf("got %v", o)
	}
	const want = "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53," +
		"27-0-51-16-17513-23-45-13-5-35-18-43-65281-11-10-21,29-23-24,0"
	if got := JA3Client(chrome()).Text("raw"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// A message may be spread over records, and more may follow.
func TestRecords(t *testing.T) {
	want := JA3Client(chrome())
	for _, size := range []int{1, 3, 100, 1 << 14} {
		stream := append(records(chrome(), size), 23, 3, 3, 0, 1, 0)
		if diff := cmp.Diff(want, JA3Client(stream)); diff != "" {
			t.Errorf("records of %d bytes: %s", size, diff)
		}
	}
	full := records(chrome(), 100)
	for n := range full {
		if JA3Client(full[:n]) != nil || JA4Client(full[:n], TCP) != nil {
			t.Fatalf("%d of %d bytes are taken for a ClientHello", n, len(full))
		}
	}
	if JA3Client([]byte("\x80\x2e\x01\x00\x02")) != nil || JA3Client(nil) != nil {
		t.Error("something else is taken for a ClientHello")
	}
}

// What a real client sends.
func TestRealClient(t *testing.T) {
	ours, theirs := net.Pipe()
	go func() {
		c := tls.Client(theirs, &tls.Config{ServerName: "www.example.com", NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12})
		_ = c.Handshake()
	}()
	buf := make([]byte, 1<<16)
	n, err := ours.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	ours.Close()
	h, err := Parse(buf[:n])
	if err != nil {
		t.Fatal(err)
	}
	if !h.ServerName || !slices.Equal(h.ALPN, []string{"h2", "http/1.1"}) || h.version() != "13" || !slices.Contains(h.Groups, uint16(tls.X25519)) {
		t.Errorf("got %+v", h)
	}
	if got := h.JA4(TCP).Text("ja4_a"); !strings.HasPrefix(got, "t13d") || !strings.HasSuffix(got, "h2") {
		t.Errorf("got %s", got)
	}
}

func FuzzClientHello(f *testing.F) {
	f.Add(chrome())
	f.Add(records(chrome(), 7))
	f.Add(hello(0x0301, []uint16{5}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := Parse(b)
		if err != nil {
			return
		}
		if md5 := h.JA3().Text("md5"); len(md5) != 32 {
			t.Errorf("md5 is %q", md5)
		}
		if a := h.JA4(TCP).Text("ja4_a"); len(a) != 10 {
			t.Errorf("ja4_a is %q", a)
		}
	})
}
