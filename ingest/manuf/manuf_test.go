package manuf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const wireshark = `# comment
00:00:0C	Cisco	Cisco Systems, Inc
00:1B:C5	IEEERegi	IEEE Registration Authority
00:1B:C5:00:00:00/36	Convergi	Converging Systems Inc.
70:B3:D5:01:00:00/36	Odd
bad	line
`

const nmap = "# comment\n00000C Cisco Systems\n001BC5000 Converging Systems\n"

func TestShort(t *testing.T) {
	for text, want := range map[string]map[string]string{
		wireshark: {"00:00:0c:01:02:03": "Cisco", "00:1b:c5:00:00:01": "Convergi", "00:1b:c5:10:00:01": "IEEERegi", "70-B3-D5-01-00-01": "Odd", "70:b3:d5:02:00:01": "", "x": "", "00:00:0c": "", "00:00:0c:01:02:03:04": ""},
		nmap:      {"00:00:0c:01:02:03": "Cisco Systems", "00:1b:c5:00:0f:ff": "Converging Systems", "00:1b:c5:00:1f:ff": "", "00:1b:c5:01:00:00": ""},
	} {
		path := filepath.Join(t.TempDir(), "table")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		for mac, name := range want {
			if got, ok := table.Short(mac); got != name || ok != (name != "") {
				t.Errorf("%s: %q, want %q", mac, got, name)
			}
		}
	}
	var none *Table
	if _, ok := none.Short("00:00:0c:01:02:03"); ok {
		t.Error("no table knows a name")
	}
	if _, err := Load("/nonexistent"); err == nil {
		t.Error("no error")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(wireshark, "00:00:0c:01:02:03")
	f.Add(nmap, "001bc5000fff")
	f.Fuzz(func(t *testing.T, text, mac string) {
		table, err := read(strings.NewReader(text))
		if err == nil {
			table.Short(mac)
		}
	})
}
