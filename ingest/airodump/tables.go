package airodump

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"ivre/ingest/p0f/textline"
)

// table says where the cells of a table are. Columns that it does not have are -1.
type table struct {
	stations bool
	columns  int // number of columns

	first, seen int // dates
	// Of access points; essid may be the last column or be followed by the key.
	channel, privacy, cipher, auth, lan, length, essid int
	// Of stations; probes is the last column.
	bssid, probes int

	last     int // last cell that a whole row has
	lastName string
}

// tableOf reads the names of the columns; nil if the cells are none.
func tableOf(cells [][]byte) *table {
	stations := string(cells[0]) == "Station MAC"
	if !stations && string(cells[0]) != "BSSID" {
		return nil
	}
	t := &table{columns: len(cells), stations: stations}
	find := func(name string) int {
		for i := len(cells) - 1; i > 0; i-- {
			if string(cells[i]) == name {
				return i
			}
		}
		return -1
	}
	t.first, t.seen = find("First time seen"), find("Last time seen")
	t.channel, t.privacy, t.cipher, t.auth = find("channel"), find("Privacy"), find("Cipher"), find("Authentication")
	t.lan, t.length, t.essid = find("LAN IP"), find("ID-length"), find("ESSID")
	t.bssid, t.probes = find("BSSID"), find("Probed ESSIDs")
	if t.first < 0 || t.seen < 0 || t.stations && t.bssid < 0 || !t.stations && t.essid < 0 {
		return nil
	}
	t.last, t.lastName = t.essid, "ESSID"
	if t.stations {
		t.last, t.lastName = t.bssid, "BSSID"
	}
	for _, i := range [...]int{t.first, t.seen, t.channel, t.privacy, t.cipher, t.auth, t.lan, t.length} {
		if i > t.last {
			t.last, t.lastName = i, string(cells[i])
		}
	}
	return t
}

// cell returns a cell of the current row, nil if the table has no such column.
func (p *parser) cell(i int) []byte {
	if i < 0 {
		return nil
	}
	return p.cells[i]
}

// accessPoint makes the records of an access point.
func (p *parser) accessPoint(r *row) (bad, err error) {
	channel := 0
	if c := p.cell(p.table.channel); c != nil {
		if channel, bad = strconv.Atoi(string(c)); bad != nil || channel < -1 || channel > 1<<16 {
			return fmt.Errorf("channel %s is not a channel", textline.Quote(c)), nil
		}
	}
	lan, bad := p.lanAddr(p.cell(p.table.lan))
	if bad != nil {
		return bad, nil
	}
	essid, bad := p.essid(r.line)
	if bad != nil {
		return bad, nil
	}
	if essid != "" {
		if err := p.emit(r, "WLAN_AP_ESSID", essid, netip.Addr{}); err != nil {
			return nil, err
		}
	}
	if channel > 0 {
		if err := p.emit(r, "WLAN_AP_CHANNEL", strconv.Itoa(channel), netip.Addr{}); err != nil {
			return nil, err
		}
	}
	if lan.IsValid() {
		if err := p.emit(r, "WLAN_AP_LAN_IP", "", lan); err != nil {
			return nil, err
		}
	}
	if privacy := p.privacy(); privacy != "" {
		if err := p.emit(r, "WLAN_AP_PRIVACY", privacy, netip.Addr{}); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// lanAddr reads an address whose octets are padded with spaces; it is not valid if there is none.
func (p *parser) lanAddr(b []byte) (netip.Addr, error) {
	if b == nil {
		return netip.Addr{}, nil
	}
	p.text = p.text[:0]
	for _, c := range b {
		if c != ' ' {
			p.text = append(p.text, c)
		}
	}
	a, err := textline.Addr(p.text)
	if err != nil {
		return a, fmt.Errorf("LAN IP: %w", err)
	}
	if a.IsUnspecified() {
		a = netip.Addr{}
	}
	return a, nil
}

// privacy joins the three cells about the encryption; "" if there is nothing to tell.
func (p *parser) privacy() string {
	b := p.cell(p.table.privacy)
	if len(b) == 0 {
		return ""
	}
	p.text = append(p.text[:0], b...)
	for i, c := range p.text {
		if c == ' ' {
			p.text[i] = '_'
		}
	}
	for _, i := range [...]int{p.table.cipher, p.table.auth} {
		if c := p.cell(i); len(c) > 0 {
			p.text = append(append(p.text, '-'), c...)
		}
	}
	return p.texts.Get(p.text)
}

// essid returns the name of the network of the current row, "" if it is hidden. Commas in it make more cells than there
// are columns: they are part of the name.
func (p *parser) essid(line []byte) (string, error) {
	t := p.table
	b := tail(line, t.essid)
	open := p.lines.Open() // the file may end inside of the name
	for range t.columns - 1 - t.essid {
		if i := bytes.LastIndexByte(b, ','); i >= 0 {
			b, open = b[:i], false
		}
	}
	if open && p.cut(b) {
		return "", errors.New("the file ends inside of the ESSID")
	}
	b = bytes.TrimSpace(b)
	if n, ok := textline.Number(p.cell(t.length), 255); !ok || n != len(b) {
		b = unquote(b)
	}
	if len(bytes.Trim(b, "\x00")) == 0 {
		return "", nil
	}
	return p.texts.Get(b), nil
}

// cut tells whether the text, which ends the last line of the file, is shorter than the ESSID was.
func (p *parser) cut(b []byte) bool {
	n, ok := textline.Number(p.cell(p.table.length), 255)
	return ok && len(bytes.TrimSpace(b)) < n
}

// tail returns a line from its cell with that index on.
func tail(line []byte, cell int) []byte {
	for range cell {
		_, line, _ = textline.Field(line, ',')
	}
	return line
}

// unquote takes off the quotes that newer versions put around names with commas or quotes, the latter doubled.
func unquote(b []byte) []byte {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return b
	}
	return bytes.ReplaceAll(b[1:len(b)-1], []byte(`""`), []byte(`"`))
}

// station makes the records of a station: the access point that it is associated with, and each network that it asked
// for, associated or not.
func (p *parser) station(r *row) (bad, err error) {
	ap := ""
	if b := p.cell(p.table.bssid); string(b) != "(not associated)" {
		var ok bool
		if ap, ok = p.mac(b); !ok {
			return fmt.Errorf("BSSID %s is neither a MAC address nor \"(not associated)\"; the row may be cut", textline.Quote(b)), nil
		}
	}
	if ap != "" {
		if err := p.emit(r, "WLAN_ASSOCIATED", ap, netip.Addr{}); err != nil {
			return nil, err
		}
	}
	if p.table.probes < 0 || len(p.cells) <= p.table.probes {
		return nil, nil
	}
	for rest, last := tail(r.line, p.table.probes), false; !last; {
		var probe []byte
		probe, rest, last = nextProbe(rest)
		if len(bytes.Trim(probe, "\x00")) == 0 {
			continue
		}
		if err := p.emit(r, "WLAN_PROBED_ESSID", p.texts.Get(probe), netip.Addr{}); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// nextProbe cuts the next name off a list of them.
func nextProbe(b []byte) (probe, rest []byte, last bool) {
	if trimmed := bytes.TrimLeft(b, " "); len(trimmed) > 0 && trimmed[0] == '"' {
		if n := quotedLen(trimmed); n > 0 {
			after := bytes.TrimLeft(trimmed[n:], " ")
			if len(after) == 0 {
				return unquote(trimmed[:n]), nil, true
			}
			if after[0] == ',' {
				return unquote(trimmed[:n]), after[1:], false
			}
		}
	}
	probe, rest, last = textline.Field(b, ',')
	return bytes.TrimSpace(probe), rest, last
}

// quotedLen returns the length of the quoted name that b begins with, 0 if it does not end. Quotes in it are doubled.
func quotedLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		if b[i] != '"' {
			continue
		}
		if i+1 < len(b) && b[i+1] == '"' {
			i++
			continue
		}
		return i + 1
	}
	return 0
}
