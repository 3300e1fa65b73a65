package airodump

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/passive"
)

const (
	apHeader      = "BSSID, First time seen, Last time seen, channel, Speed, Privacy, Cipher, Authentication, Power, # beacons, # IV, LAN IP, ID-length, ESSID, Key"
	stationHeader = "Station MAC, First time seen, Last time seen, Power, # packets, BSSID, Probed ESSIDs"
	apRow         = "02:00:00:AA:BB:CC, 2024-01-02 03:04:05, 2024-01-02 03:14:05,  6,  54, WPA2 WPA, CCMP TKIP,PSK, -40, 12, 0, 0.  0.  0.  0, 7, TestNet, "
	stationRow    = "02:00:00:11:22:33, 2024-01-02 03:04:05, 2024-01-02 03:14:05, -50, 7, 02:00:00:AA:BB:CC,Home,Cafe"
)

// file joins lines as airodump-ng writes them.
func file(lines ...string) string { return "\r\n" + strings.Join(lines, "\r\n") + "\r\n" }

// read returns the records of a file, shortened, and what was reported.
func read(t *testing.T, log string) (records, bad []string, stats Stats, err error) {
	t.Helper()
	stats, err = Read(t.Context(), strings.NewReader(log),
		Options{Bad: func(n int, err error) { bad = append(bad, fmt.Sprintf("%d: %v", n, err)) }},
		func(r *passive.Record) error {
			who := r.TargetVal
			if r.Addr.IsValid() {
				who += r.Addr.String()
			}
			records = append(records, fmt.Sprintf("%s %s=%s", r.Value, r.Source, who))
			r.Value, r.TargetVal = "changed", "changed" // by what comes next
			return nil
		})
	return records, bad, stats, err
}

// V4 of the specification, with all networks that the station asked for.
func TestVector(t *testing.T) {
	var got []string
	stats, err := Read(t.Context(), strings.NewReader(file(apHeader, apRow, "", stationHeader, stationRow, "")), Options{},
		func(r *passive.Record) error {
			got = append(got, string(passive.Append(nil, r)))
			return nil
		})
	const (
		dates = `{"count": 1, "firstseen": "2024-01-02 03:04:05", "lastseen": "2024-01-02 03:14:05", "recontype": "MAC_ADDRESS", "schema_version": 3, `
		ap    = `, "value": "02:00:00:aa:bb:cc"}`
		sta   = `, "value": "02:00:00:11:22:33"}`
	)
	want := []string{
		dates + `"source": "WLAN_AP_ESSID", "targetval": "TestNet"` + ap,
		dates + `"source": "WLAN_AP_CHANNEL", "targetval": "6"` + ap,
		dates + `"source": "WLAN_AP_PRIVACY", "targetval": "WPA2_WPA-CCMP TKIP-PSK"` + ap,
		dates + `"source": "WLAN_ASSOCIATED", "targetval": "02:00:00:aa:bb:cc"` + sta,
		dates + `"source": "WLAN_PROBED_ESSID", "targetval": "Home"` + sta,
		dates + `"source": "WLAN_PROBED_ESSID", "targetval": "Cafe"` + sta,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff(Stats{Lines: 7, Records: 6}, stats); diff != "" {
		t.Error(diff)
	}
}

// ap is a row of an access point on no channel, without encryption, with a name and what follows it.
func ap(length int, tail string) string {
	return fmt.Sprintf("02:00:00:00:00:01, 2024-01-02 03:04:05, 2024-01-02 03:14:05, -1, -1, , ,   , -1, 0, 0, 0.  0.  0.  0, %d, %s", length, tail)
}

func TestAccessPoints(t *testing.T) {
	const mac = "02:00:00:00:00:01 "
	essid := func(s string) []string { return []string{mac + "WLAN_AP_ESSID=" + s} }
	for name, tt := range map[string]struct {
		row  string
		want []string // no records: skipped
	}{
		"name":                  {ap(4, "Home, "), essid("Home")},
		"key":                   {ap(4, "Home, 01:02:03"), essid("Home")},
		"no key":                {ap(4, "Home"), essid("Home")},
		"hidden":                {ap(0, ", "), nil},
		"hidden, length known":  {ap(8, " , "), nil},
		"hidden, sent as NULs":  {ap(3, "\x00\x00\x00, "), nil},
		"comma":                 {ap(7, "My, Net, "), essid("My, Net")},
		"commas":                {ap(3, ",,,, 00:11"), essid(",,,")},
		"many commas":           {ap(255, strings.Repeat(",", 100)+"x, "), essid(strings.Repeat(",", 100) + "x")},
		"quoted":                {ap(7, `"My, Net", `), essid("My, Net")},
		"quoted quotes":         {ap(8, `"My ""Net", `), essid(`My "Net`)},
		"quotes that are names": {ap(6, `"Home", `), essid(`"Home"`)},
		"not ASCII":             {ap(5, "Caf\u00e9, "), essid("Caf\u00e9")},
		"Latin-1":               {ap(4, "Caf\xe9, "), essid(`Caf\xe9`)},
		"control characters":    {ap(4, "a\x1b[m, "), essid(`a\x1b[m`)},
		"address": {strings.Replace(ap(0, ", "), "0.  0.  0.  0", "192.168.  1. 20", 1),
			[]string{mac + "WLAN_AP_LAN_IP=192.168.1.20"}},
		"channel 0":   {strings.Replace(ap(0, ", "), " -1, -1,", " 0, -1,", 1), nil},
		"channel 36":  {strings.Replace(ap(0, ", "), " -1, -1,", " 036, -1,", 1), []string{mac + "WLAN_AP_CHANNEL=36"}},
		"open":        {strings.Replace(ap(0, ", "), ", , ,   ,", ", OPN, ,   ,", 1), []string{mac + "WLAN_AP_PRIVACY=OPN"}},
		"no cipher":   {strings.Replace(ap(0, ", "), ", , ,   ,", ", WPA3 WPA2, ,SAE PSK,", 1), []string{mac + "WLAN_AP_PRIVACY=WPA3_WPA2-SAE PSK"}},
		"only cipher": {strings.Replace(ap(0, ", "), ", , ,   ,", ", , CCMP,   ,", 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, bad, stats, err := read(t, file(apHeader, tt.row, ""))
			if diff := cmp.Diff(tt.want, got); diff != "" || bad != nil || err != nil {
				t.Errorf("%v, %q\n%s", err, bad, diff)
			}
			if (stats.Skipped == 1) != (tt.want == nil) {
				t.Errorf("%+v", stats)
			}
		})
	}
}

// station is a row of a station.
func station(bssid, probes string) string {
	return "02:00:00:00:00:02, 2024-01-02 03:04:05, 2024-01-02 03:14:05, -50, 7, " + bssid + probes
}

func TestStations(t *testing.T) {
	const mac = "02:00:00:00:00:02 "
	probes := func(names ...string) (out []string) {
		for _, s := range names {
			out = append(out, mac+"WLAN_PROBED_ESSID="+s)
		}
		return out
	}
	for name, tt := range map[string]struct {
		row  string
		want []string
	}{
		"associated":         {station("02:00:00:AA:BB:CC", ","), []string{mac + "WLAN_ASSOCIATED=02:00:00:aa:bb:cc"}},
		"no cell of probes":  {station("02:00:00:AA:BB:CC", ""), []string{mac + "WLAN_ASSOCIATED=02:00:00:aa:bb:cc"}},
		"not associated":     {station("(not associated) ", ",A,B, C "), probes("A", "B", "C")},
		"nothing":            {station("(not associated) ", ","), nil},
		"empty names":        {station("(not associated) ", ",,A,, ,B,"), probes("A", "B")},
		"hidden":             {station("(not associated) ", ",\x00\x00,A"), probes("A")},
		"quoted":             {station("(not associated) ", `,"A, B", "C""D",E`), probes("A, B", `C"D`, "E")},
		"quotes that go on":  {station("(not associated) ", `,"A,B"C,"D`), probes(`"A`, `B"C`, `"D`)},
		"more than 64 cells": {station("(not associated) ", strings.Repeat(",A", 100)), probes(strings.Split(strings.Repeat("A", 100), "")...)},
	} {
		t.Run(name, func(t *testing.T) {
			got, bad, _, err := read(t, file(apHeader, "", stationHeader, tt.row, ""))
			if diff := cmp.Diff(tt.want, got); diff != "" || bad != nil || err != nil {
				t.Errorf("%v, %q\n%s", err, bad, diff)
			}
		})
	}
}

func TestBadRows(t *testing.T) {
	for name, tt := range map[string]struct{ row, want string }{
		"cut":          {"02:00:00:00:00:01, 2024-01-02 03:04:05", `3: the row has 2 cells, not the 14 up to "ESSID"; it may be cut`},
		"first date":   {strings.Replace(apRow, "2024-01-02", "2024-01-32", 1), `3: First time seen: "2024-01-32 03:04:05" is not a date (want YYYY-MM-DD HH:MM:SS, from 1970 on)`},
		"last date":    {strings.Replace(apRow, "2024-01-02 03:14", "2024-01-32 03:14", 1), `3: Last time seen: "2024-01-32 03:14:05" is not a date (want YYYY-MM-DD HH:MM:SS, from 1970 on)`},
		"MAC":          {strings.Replace(apRow, "02:", "02-", 1), `3: "02-00:00:AA:BB:CC" is not a MAC address`},
		"MAC digits":   {strings.Replace(apRow, "CC,", "CG,", 1), `3: "02:00:00:AA:BB:CG" is not a MAC address`},
		"channel":      {strings.Replace(apRow, ",  6,", ",  x,", 1), `3: channel "x" is not a channel`},
		"no channel":   {strings.Replace(apRow, ",  6,", ",  -2,", 1), `3: channel "-2" is not a channel`},
		"address":      {strings.Replace(apRow, "0.  0.  0.  0", "0.  0.  0.", 1), `3: LAN IP: "0.0.0." is not an IP address`},
		"other format": {"BSSID;First time seen", `3: the row has 1 cells, not the 14 up to "ESSID"; it may be cut`},
	} {
		t.Run(name, func(t *testing.T) {
			got, bad, stats, err := read(t, file(apHeader, tt.row, apRow))
			if diff := cmp.Diff([]string{tt.want}, bad); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
			if len(got) != 3 || stats.Bad != 1 {
				t.Errorf("%q, %+v", got, stats)
			}
		})
	}
}

func TestCutFiles(t *testing.T) {
	whole := file(apHeader, apRow, "", stationHeader, stationRow)
	for n := 1; n < len(whole); n++ {
		got, _, stats, err := read(t, whole[:n])
		if err != nil && !errors.Is(err, ErrNoTable) {
			t.Fatalf("%d bytes: %v", n, err)
		}
		for _, r := range got {
			if strings.Contains(r, "WLAN_AP_ESSID") && !strings.HasSuffix(r, "=TestNet") {
				t.Errorf("%d bytes: %s", n, r)
			}
		}
		if stats.Records != len(got) {
			t.Errorf("%d bytes: %+v", n, stats)
		}
	}
	_, bad, _, _ := read(t, file(apHeader, apRow[:strings.Index(apRow, "Net")])[:len(apHeader)+4+strings.Index(apRow, "Net")])
	if diff := cmp.Diff([]string{"3: the file ends inside of the ESSID"}, bad); diff != "" {
		t.Error(diff)
	}
}

func TestTables(t *testing.T) {
	both := []string{
		"02:00:00:aa:bb:cc WLAN_AP_ESSID=TestNet", "02:00:00:aa:bb:cc WLAN_AP_CHANNEL=6",
		"02:00:00:aa:bb:cc WLAN_AP_PRIVACY=WPA2_WPA-CCMP TKIP-PSK", "02:00:00:11:22:33 WLAN_ASSOCIATED=02:00:00:aa:bb:cc",
		"02:00:00:11:22:33 WLAN_PROBED_ESSID=Home", "02:00:00:11:22:33 WLAN_PROBED_ESSID=Cafe",
	}
	other := "GPS point, Time"
	for name, tt := range map[string]struct {
		in        string
		want, bad []string
		skipped   int
		err       error
	}{
		"no blank lines":      {apHeader + "\n" + apRow + "\n" + stationHeader + "\n" + stationRow, both, nil, 0, nil},
		"blank line per row":  {file(apHeader, "", apRow, "", stationHeader, "", stationRow), both, nil, 0, nil},
		"stations first":      {file(stationHeader, stationRow, "", apHeader, apRow), append(both[3:6:6], both[:3]...), nil, 0, nil},
		"two files":           {file(apHeader, apRow, "") + file(stationHeader, stationRow), both, nil, 0, nil},
		"unknown table":       {file(apHeader, apRow, "", other, "x, y", "z", "", stationHeader, stationRow), both, []string{`5: "GPS point" begins a table that is not known; its rows are left out`}, 2, nil},
		"row without a table": {apRow + file("", apHeader, apRow), both[:3], []string{"1: no line with the names of columns before this row"}, 0, nil},
		"columns missing":     {file("BSSID, First time seen, ESSID", "x"), nil, []string{`2: "BSSID" begins a table that is not known; its rows are left out`, "3: no line with the names of columns before this row"}, 0, ErrNoTable},
		"few columns":         {file("BSSID, Last time seen, First time seen, ESSID", "02:00:00:00:00:01,2024-01-02 03:04:05,2024-01-02 03:14:05,Home"), []string{"02:00:00:00:00:01 WLAN_AP_ESSID=Home"}, nil, 0, nil},
		"other file":          {"hello\n", nil, []string{"1: no line with the names of columns before this row"}, 0, ErrNoTable},
		"empty":               {"", nil, nil, 0, nil},
		"blank":               {"\r\n \r\n", nil, nil, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, bad, stats, err := read(t, tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" || !errors.Is(err, tt.err) {
				t.Errorf("%v\n%s", err, diff)
			}
			if diff := cmp.Diff(tt.bad, bad); diff != "" || stats.Skipped != tt.skipped {
				t.Errorf("%+v\n%s", stats, diff)
			}
		})
	}
}

// TestUTF16 reads a file as editors of Windows and its shell save it.
func TestUTF16(t *testing.T) {
	text := file(apHeader, ap(5, "Caf\u00e9, "), "", stationHeader, stationRow)
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	want, _, _, _ := read(t, text)
	got, bad, _, err := read(t, string(b))
	if diff := cmp.Diff(want, got); diff != "" || bad != nil || err != nil || len(got) != 4 {
		t.Errorf("%v, %q\n%s", err, bad, diff)
	}
}

func TestDatesAreOrdered(t *testing.T) {
	row := strings.Replace(apRow, "2024-01-02 03:04:05, 2024-01-02 03:14:05", "2024-01-02 03:14:05, 2024-01-02 03:04:05", 1)
	if _, err := Read(t.Context(), strings.NewReader(file(apHeader, row)), Options{}, func(r *passive.Record) error {
		if r.Last.Sub(r.First).Minutes() != 10 {
			t.Errorf("%v to %v", r.First, r.Last)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	stop := errors.New("stop")
	in := file(apHeader, strings.Replace(apRow, "0.  0.  0.  0", "192.0.2.1", 1), "", stationHeader, stationRow)
	for n := range 7 {
		stats, err := Read(t.Context(), strings.NewReader(in), Options{}, func(*passive.Record) error {
			if n == 0 {
				return stop
			}
			n--
			return nil
		})
		if err != stop {
			t.Errorf("%v, %+v", err, stats)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(file(apHeader, apRow, "", stationHeader, stationRow)))
	f.Add([]byte(file(apHeader, ap(7, `"My, Net", `), "", stationHeader, station("(not associated)", `,"A, B",C`))))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, bad := 0, 0
		stats, err := Read(t.Context(), bytes.NewReader(b), Options{Bad: func(int, error) { bad++ }}, func(r *passive.Record) error {
			n++
			if r.Addr.IsValid() == (r.TargetVal != "") || !utf8.ValidString(r.TargetVal) || len(r.Value) != 17 || r.Last.Before(r.First) {
				t.Fatalf("%+v", r)
			}
			return nil
		})
		if err != nil && !errors.Is(err, ErrNoTable) || stats.Records != n || stats.Bad != bad {
			t.Fatalf("%v, %+v, %d records, %d bad", err, stats, n, bad)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var rows []string
	rows = append(rows, apHeader)
	for i := range 5000 {
		rows = append(rows, strings.Replace(apRow, "TestNet", fmt.Sprintf("Net%d", i), 1))
	}
	rows = append(rows, "", stationHeader)
	for range 5000 {
		rows = append(rows, stationRow)
	}
	in := file(rows...)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(b.Context(), strings.NewReader(in), Options{}, func(*passive.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
