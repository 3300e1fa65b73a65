package hosts_test

import (
	"bytes"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oracleTokens handles the words that have a name. It is filled by init functions: handlers refer to it.
var oracleTokens = map[string]oracleHandler{}

// oracleIDs tells how the identifiers of records are compared: the oracle finds them under _id.
func oracleIDs(value string, rec oracleRecord) (match, ok bool) {
	list := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == '-' })
	id, _ := rec["_id"].(string)
	return slices.Contains(list, id), len(list) > 0
}

func init() {
	understood := func(w oracleWord, _ oracleRecord) (match, known bool) { return true, true }
	for param, h := range map[string]oracleHandler{
		"display": understood,
		"sortby": func(w oracleWord, _ oracleRecord) (match, known bool) {
			return w.has, w.has
		},
		"fields": oraclePositive(func(string, oracleRecord) (match, ok bool) { return true, true }),
		"skip":   oraclePositive(oracleInteger),
		"limit":  oraclePositive(oracleInteger),

		"id":        oracleNegatable(oracleIDs),
		"host":      oracleHostWord,
		"net":       oracleNetWord,
		"range":     oracleRangeWord,
		"ipv4":      oracleFamily(true),
		"ipv6":      oracleFamily(false),
		"timerange": oracleTimeRange,
		"timeago":   oracleTimeAgo,

		"hostname": oracleNegatable(oraclePath("hostnames.name")),
		"domain":   oracleNegatable(oraclePath("hostnames.domains")),
		"category": oracleNegatable(oraclePath("categories")),
		"source":   oracleNegatable(oraclePath("source")),
		"city":     oracleNegatable(oraclePath("infos.city")),
		"asname":   oracleNegatable(oraclePath("infos.as_name")),
		"country":  oracleNegatable(oracleCountry),
		"asnum":    oracleNegatable(oracleASNum),

		"hop":       oracleHop,
		"hopname":   oracleNegatable(oracleLiteral("traces.hops.host")),
		"hopdomain": oracleNegatable(oracleLiteral("traces.hops.domains")),
		"os":        oraclePositive(oraclePath("os.osclass.vendor", "os.osclass.osfamily", "os.osclass.osgen", "os.osclass.type")),
		"search":    oraclePositive(oracleSearch),
		"tag": oracleOptional(true,
			oracleToggle(func(rec oracleRecord) bool { return oracleExists(rec, "tags.value") }),
			oracleNegatable(oracleTag)),
		"cpe": oracleOptional(true,
			oracleFlag(func(rec oracleRecord) bool { return oracleExists(rec, "cpes") }),
			oraclePositive(oracleCPE)),
	} {
		oracleTokens[param] = h
	}
}

func oracleInteger(value string, _ oracleRecord) (match, ok bool) {
	_, err := strconv.ParseInt(value, 10, 64)
	return true, err == nil
}

func oracleLiteral(path string) oracleTry {
	return func(value string, rec oracleRecord) (match, ok bool) {
		return oracleSome(rec, path, oracleIs(value)), true
	}
}

// oracleParseAddr reads the addresses that all databases take: IPv6, dotted and decimal IPv4.
func oracleParseAddr(s string) (a [16]byte, ok bool) {
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).As16(), true
	}
	return oracleAddr(s)
}

func oracleHostWord(w oracleWord, rec oracleRecord) (match, known bool) {
	want, ok := oracleParseAddr(w.value)
	if !w.has || !ok {
		return false, false
	}
	addr, present := oracleAddr(rec["addr"])
	return (present && addr == want) != w.neg, true
}

// oracleWithin tells whether the address is present, and in or out of the range.
func oracleWithin(neg bool, rec oracleRecord, low, high [16]byte) bool {
	addr, present := oracleAddr(rec["addr"])
	in := bytes.Compare(low[:], addr[:]) <= 0 && bytes.Compare(addr[:], high[:]) <= 0
	return present && in != neg
}

func oracleNetWord(w oracleWord, rec oracleRecord) (match, known bool) {
	low, high, ok := oracleNetwork(w.value)
	if !w.has || !ok {
		return false, false
	}
	return oracleWithin(w.neg, rec, low, high), true
}

// oracleNetwork returns the bounds of a network: address, or address and length, netmask or hostmask.
func oracleNetwork(s string) (low, high [16]byte, ok bool) {
	text, mask, masked := strings.Cut(s, "/")
	if !strings.Contains(text, ":") && masked {
		for strings.Count(text, ".") < 3 && !strings.HasSuffix(text, ".") {
			text += ".0"
		}
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return low, high, false
	}
	bits := 128
	if masked {
		if bits, ok = oracleMaskBits(mask, addr.Is4()); !ok {
			return low, high, false
		}
	}
	low, high = addr.As16(), addr.As16()
	for i := bits; i < 128; i++ {
		low[i/8] &^= 0x80 >> (i % 8)
		high[i/8] |= 0x80 >> (i % 8)
	}
	return low, high, true
}

// oracleMaskBits returns how many of 128 bits a mask fixes.
func oracleMaskBits(mask string, v4 bool) (bits int, ok bool) {
	size, offset := 128, 0
	if v4 {
		size, offset = 32, 96
	}
	if n, err := strconv.Atoi(mask); err == nil {
		return offset + n, n >= 0 && n <= size
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() || !v4 {
		return 0, false
	}
	b := m.As4()
	for n := range 33 {
		p, _ := netip.AddrFrom4([4]byte{255, 255, 255, 255}).Prefix(n)
		ones := p.Addr().As4()
		zeros := [4]byte{^ones[0], ^ones[1], ^ones[2], ^ones[3]}
		if b == ones || b == zeros && b != [4]byte{} && b != [4]byte{255, 255, 255, 255} {
			return offset + n, true
		}
	}
	return 0, false
}

func oracleRangeWord(w oracleWord, rec oracleRecord) (match, known bool) {
	a, b, two := strings.Cut(strings.ReplaceAll(w.value, "-", ","), ",")
	low, ok := oracleParseAddr(a)
	high, ok2 := oracleParseAddr(b)
	if !w.has || !two || !ok || !ok2 {
		return false, false
	}
	return oracleWithin(w.neg, rec, low, high), true
}

func oracleFamily(v4 bool) oracleHandler {
	return func(w oracleWord, rec oracleRecord) (match, known bool) {
		if w.has {
			return false, false
		}
		low, high, _ := oracleNetwork("0.0.0.0/0")
		return oracleWithin(v4 == w.neg, rec, low, high), true
	}
}

// oracleTimeRange: the time of the scan overlaps the range; negated, it is before or after it, not unknown.
func oracleTimeRange(w oracleWord, rec oracleRecord) (match, known bool) {
	a, b, two := strings.Cut(strings.ReplaceAll(w.value, "-", ","), ",")
	from, err := strconv.ParseFloat(a, 64)
	to, err2 := strconv.ParseFloat(b, 64)
	if !two || err != nil || err2 != nil {
		return false, false
	}
	start, hasStart := oracleDate(rec["starttime"])
	end, hasEnd := oracleDate(rec["endtime"])
	seconds := func(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
	if w.neg {
		return hasEnd && seconds(end) < from || hasStart && seconds(start) > to, true
	}
	return hasEnd && seconds(end) >= from && hasStart && seconds(start) <= to, true
}

// oracleNow is what "ago" counts from.
var oracleNow = time.Now()

var oracleAge = regexp.MustCompile(`^(-?[0-9]+)([smhdy]?)$`)

func oracleTimeAgo(w oracleWord, rec oracleRecord) (match, known bool) {
	m := oracleAge.FindStringSubmatch(w.value)
	if m == nil {
		return false, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return false, false
	}
	n *= map[string]int64{"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "y": 31557600}[m[2]]
	end, ok := oracleDate(rec["endtime"])
	return ok && end.Before(oracleNow.Add(-time.Duration(n)*time.Second)) == w.neg, true
}

// oracleList splits "A,B|C".
func oracleList(s string) []string { return strings.Split(strings.ReplaceAll(s, "|", ","), ",") }

const oracleEU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE EU"

func oracleCountry(value string, rec oracleRecord) (match, ok bool) {
	var codes []string
	for _, code := range oracleList(strings.ToUpper(value)) {
		switch code {
		case "UK":
			codes = append(codes, "GB")
		case "EU":
			codes = append(codes, strings.Fields(oracleEU)...)
		default:
			codes = append(codes, code)
		}
	}
	return oracleSome(rec, "infos.country_code", oracleIn(codes...)), true
}

func oracleASNum(value string, rec oracleRecord) (match, ok bool) {
	var numbers []int64
	for _, s := range oracleList(strings.ToUpper(value)) {
		n, err := strconv.ParseInt(strings.TrimPrefix(s, "AS"), 10, 64)
		if err != nil {
			return false, false
		}
		numbers = append(numbers, n)
	}
	return oracleSome(rec, "infos.as_num", oracleIn(numbers...)), true
}

// oracleHop reads IP and IP:TTL. What can be an address as a whole is one.
func oracleHop(w oracleWord, rec oracleRecord) (match, known bool) {
	if !w.has {
		return false, false
	}
	text, ttl, hasTTL := w.value, int64(0), false
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		_, whole := oracleParseAddr(text)
		if _, ok := oracleParseAddr(text[:i]); ok && !whole {
			n, err := strconv.ParseInt(text[i+1:], 10, 64)
			if err != nil {
				return false, false
			}
			text, ttl, hasTTL = text[:i], n, true
		}
	}
	want, ok := oracleParseAddr(text)
	if !ok {
		return false, false
	}
	is := func(hop any) bool {
		addr, ok := oracleAddr(hop.(map[string]any)["ipaddr"])
		return ok && addr == want
	}
	at := func(hop any) bool { return oracleSome(hop, "ttl", oracleIs(ttl)) }
	switch {
	case !hasTTL:
		return oracleSame(rec, "traces.hops", is) != w.neg, true
	case !w.neg:
		return oracleSame(rec, "traces.hops", func(hop any) bool { return is(hop) && at(hop) }), true
	}
	other := oracleSame(rec, "traces.hops", func(hop any) bool { return !is(hop) && at(hop) })
	return other || !oracleSame(rec, "traces.hops", at), true
}

// oracleTag reads VALUE, VALUE:INFO, :INFO.
func oracleTag(value string, rec oracleRecord) (match, ok bool) {
	value, info, _ := strings.Cut(value, ":")
	v, ok := oracleParseValue(value, "")
	i, ok2 := oracleParseValue(info, "")
	return oracleSame(rec, "tags", func(tag any) bool {
		return (value == "" || oracleSome(tag, "value", v.is)) && (info == "" || oracleSome(tag, "info", i.is))
	}), ok && ok2
}

// oracleCPE reads TYPE:VENDOR:PRODUCT:VERSION, of which empty ones and those at the end do not matter.
func oracleCPE(value string, rec oracleRecord) (match, ok bool) {
	tests := map[string]oracleValue{}
	for i, s := range strings.SplitN(value, ":", 4) {
		v, ok := oracleParseValue(s, "")
		if !ok {
			return false, false
		}
		if s != "" {
			tests[[]string{"type", "vendor", "product", "version"}[i]] = v
		}
	}
	return oracleSame(rec, "cpes", func(cpe any) bool {
		for part, v := range tests {
			if !oracleSome(cpe, part, v.is) {
				return false
			}
		}
		return true
	}), true
}
