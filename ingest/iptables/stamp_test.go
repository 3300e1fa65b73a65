package iptables

import (
	"testing"
	"time"
)

func TestParseStamp(t *testing.T) {
	at := func(s string) time.Time { return time.UnixMicro(micros(t, s)) }
	leapYear, afterLeap := at("2024-06-01T00:00:00Z"), at("2027-01-01T00:00:00Z")
	for _, tt := range []struct {
		line     string
		notAfter time.Time
		want     string // "" for an error
	}{
		{"Feb  4 05:30:11 gw", now, "2026-02-04T05:30:11Z"},
		{"Feb 04 05:30:11 gw", now, "2026-02-04T05:30:11Z"},
		{"Feb 4 05:30:11 gw", now, "2026-02-04T05:30:11Z"},
		{"feb  4 05:30:11", now, "2026-02-04T05:30:11Z"},
		{"<4>Feb  4 05:30:11 gw", now, "2026-02-04T05:30:11Z"},
		// the last year in which the stamp is not in the future
		{"Mar  1 12:00:00 gw", now, "2026-03-01T12:00:00Z"},
		{"Mar  1 12:00:01 gw", now, "2025-03-01T12:00:01Z"},
		{"Dec 31 23:59:59 gw", now, "2025-12-31T23:59:59Z"},
		{"Jan  1 00:00:00 gw", now, "2026-01-01T00:00:00Z"},
		{"Feb 29 10:00:00 gw", now, "2024-02-29T10:00:00Z"},
		{"Feb 29 10:00:00 gw", leapYear, "2024-02-29T10:00:00Z"},
		{"Feb 29 10:00:00 gw", afterLeap, "2024-02-29T10:00:00Z"},
		{"Feb 29 10:00:00 gw", at("1904-02-29T09:00:00Z"), "1896-02-29T10:00:00Z"}, // 1900 had none
		{"Jun 30 23:59:60 gw", now, "2025-07-01T00:00:00Z"},                        // leap second
		{"Feb 30 23:59:60 gw", now, ""},
		{"Feb 30 10:00:00 gw", now, ""},
		{"Feb  0 10:00:00 gw", now, ""},
		{"Apr 31 10:00:00 gw", now, ""},
		{"Foo  4 05:30:11 gw", now, ""},
		{"ebm  4 05:30:11 gw", now, ""},
		{"Feb  4 05:30:61 gw", now, ""},
		{"Feb  4 05:60:11 gw", now, ""},
		{"Feb  4 5:30:11 gw", now, ""},
		{"Feb  4 05:30:11x gw", now, ""},
		{"Feb  4 05:30", now, ""},
		{"", now, ""},
		// with a year, which may be any
		{"2026-02-04T05:30:11Z gw", now, "2026-02-04T05:30:11Z"},
		{"2036-02-04T05:30:11Z gw", now, "2036-02-04T05:30:11Z"},
		{"2026-02-04T05:30:11.123456789+01:00 gw", now, "2026-02-04T04:30:11.123456Z"},
		{"2026-02-04T05:30:11,5-0330 gw", now, "2026-02-04T09:00:11.5Z"},
		{"2026-02-04t05:30:11z gw", now, "2026-02-04T05:30:11Z"},
		{"2026-02-04 05:30:11 gw", now, "2026-02-04T05:30:11Z"},
		{"<134>1 2026-02-04T05:30:11.003Z gw", now, "2026-02-04T05:30:11.003Z"},
		{"2025-02-29T05:30:11Z gw", now, ""},
		{"2026-13-04T05:30:11Z gw", now, ""},
		{"2026-02-04T24:30:11Z gw", now, ""},
		{"2026-02-04T05:30:11+25:00 gw", now, ""},
		{"2026-02-04T05:30:11. gw", now, ""},
		{"2026-02-04T05:30:11Zulu gw", now, ""},
		{"2026-02-04T05:30Z gw", now, ""},
		{"1767322801 gw", now, ""},
		{"<4 Feb  4 05:30:11 gw", now, ""},
	} {
		got, err := parseStamp(tt.line, tt.notAfter)
		switch {
		case tt.want == "" && err == nil:
			t.Errorf("%q gives %v", tt.line, time.UnixMicro(got).UTC())
		case tt.want != "" && err != nil:
			t.Errorf("%q: %v", tt.line, err)
		case tt.want != "" && got != micros(t, tt.want):
			t.Errorf("%q gives %v, want %s", tt.line, time.UnixMicro(got).UTC(), tt.want)
		}
	}
}

func TestLatest(t *testing.T) {
	if ahead := time.Until(Latest()); ahead < 23*time.Hour || ahead > 24*time.Hour {
		t.Errorf("%v ahead", ahead)
	}
}
