package masscan

import (
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// smb reads what Masscan tells of an SMB server: words, and key=value pairs.
func (r *reading) smb() {
	s := &r.p.Service
	switch r.p.Port {
	case 139:
		s.Name = "netbios-ssn"
	case 445:
		s.Name = "microsoft-ds"
	default:
		s.Name = "smb"
	}
	r.s.ID = "smb-os-discovery"
	text := strings.TrimLeft(strings.TrimPrefix(r.s.Output, "ERR unknown response"), " ")
	if strings.HasPrefix(text, "ERROR") {
		r.s.Output = text
		r.add()
		return
	}
	v := smbPairs(text)
	date := v.date("time")
	start := v.date("boottime")
	r.smbTime(date+v["time zone"], start+v["boottime zone"])
	r.smbSystem(v, strings.Replace(date, " ", "T", 1))
	r.add()
	r.smbNames(v)
}

// smbTime makes the script smb2-time. Its arguments are empty if they are not known.
func (r *reading) smbTime(date, start string) {
	o, out := &host.Object{}, ""
	for _, f := range [...]host.Member{{Key: "date", Value: date}, {Key: "start_time", Value: start}} {
		if text := f.Value.(string); text != "" {
			o.Set(f.Key, text)
			out += "\n  " + f.Key + ": " + text
		}
	}
	if o.Len() > 0 {
		r.script("smb2-time", out, o)
	}
}

// smbSystem completes the banner's script.
func (r *reading) smbSystem(v pairs, date string) {
	o, out := &host.Object{}, "\n"
	set := func(key, value string) {
		if value != "" {
			o.Set(key, value)
		}
	}
	set("os", v["os"])
	set("lanmanager", v["ver"])
	set("smb-version", v["smb-version"])
	set("guid", v["guid"])
	set("date", date)
	switch {
	case v["os"] != "" && v["ver"] != "":
		out += "  OS: " + v["os"] + " (" + v["ver"] + ")\n"
	case v["os"] != "":
		out += "  OS: " + v["os"] + "\n"
	case v["ver"] != "":
		out += "  OS: - (" + v["ver"] + ")\n"
	}
	for _, l := range [...][2]string{{"SMB Version", v["smb-version"]}, {"GUID", v["guid"]}, {"System time", date}} {
		if l[1] != "" {
			out += "  " + l[0] + ": " + l[1] + "\n"
		}
	}
	r.s.Output = out
	if o.Len() > 0 {
		r.s.Data = o
	}
}

// smbNames makes the script ntlm-info.
func (r *reading) smbNames(v pairs) {
	o, out := &host.Object{}, "\n"
	for _, f := range [...][2]string{
		{"name", "NetBIOS_Computer_Name"}, {"domain", "Workgroup"}, {"name-dns", "DNS_Computer_Name"},
		{"domain-dns", "DNS_Domain_Name"}, {"forest", "DNS_Tree_Name"}, {"version", "Product_Version"},
		{"ntlm-ver", "NTLM_Version"},
	} {
		if text := v[f[0]]; text != "" {
			o.Set(f[1], text)
			out += "  " + f[1] + ": " + text + "\n"
		}
	}
	if o.Len() == 0 {
		return
	}
	o.Set("protocol", "smb")
	if name := v["name-dns"]; name != "" {
		r.h.AddHostname(name, "smb")
	}
	r.script("ntlm-info", out, o)
}

// pairs holds values by their keys. Those of times go to two keys: "time", and "time zone".
type pairs map[string]string

// smbSpaced are the keys whose values may hold blanks.
var smbSpaced = map[string]bool{"os": true, "ver": true, "domain": true, "name": true, "domain-dns": true, "name-dns": true}

func smbPairs(s string) pairs {
	v := pairs{}
	if strings.HasPrefix(s, "SMBv") {
		v["smb-version"], s, _ = strings.Cut(s, " ")
	}
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		word, _, _ := strings.Cut(s, " ")
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			s = s[len(word):]
			continue
		}
		rest := s[len(key)+1:]
		switch {
		case key == "time" || key == "boottime":
			value, v[key+" zone"], rest = parseTime(rest)
		case smbSpaced[key]:
			n := nextPair(rest)
			value, rest = strings.TrimRight(rest[:n], " "), rest[n:]
		default:
			rest = rest[len(value):]
		}
		s = rest
		if _, known := v[key]; !known {
			v[key] = value
		}
	}
	return v
}

// nextPair finds where the next key=value pair of s begins: after a blank.
func nextPair(s string) int {
	for i := range len(s) {
		if s[i] == ' ' && startsPair(s[i+1:]) {
			return i + 1
		}
	}
	return len(s)
}

// parseTime reads YYYY-MM-DD HH:MM:SS and TZ=minutes at the start of s. zone is +HH:MM, or empty.
func parseTime(s string) (date, zone, rest string) {
	day, rest, _ := strings.Cut(s, " ")
	clock, rest, _ := strings.Cut(rest, " ")
	if date = day + " " + clock; !dateLike(date) {
		return "", "", s[len(day):]
	}
	after, ok := strings.CutPrefix(strings.TrimLeft(rest, " "), "TZ=")
	if !ok {
		return date, "", rest
	}
	text, after, _ := strings.Cut(after, " ")
	minutes, err := strconv.Atoi(text)
	if err != nil || minutes <= -24*60 || minutes >= 24*60 {
		return date, "", after
	}
	sign := "+"
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return date, sign + two(minutes/60) + ":" + two(minutes%60), after
}

func two(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

// dateLike tells whether s has the form of a date; years may have more digits than four.
func dateLike(s string) bool {
	const form = "0000-00-00 00:00:00"
	extra := len(s) - len(form)
	if extra < 0 || extra > 2 || !allDigits(s[:extra]) {
		return false
	}
	for i, c := range []byte(s[extra:]) {
		if form[i] == '0' && (c < '0' || c > '9') || form[i] != '0' && c != form[i] {
			return false
		}
	}
	return true
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// date returns a time, if it is one: those at the ends of what Windows can express stand for no time.
func (v pairs) date(key string) string {
	date := v[key]
	if strings.HasPrefix(date, "1601-01-01") || strings.HasPrefix(date, "60056-05-28") {
		delete(v, key+" zone")
		return ""
	}
	return date
}
