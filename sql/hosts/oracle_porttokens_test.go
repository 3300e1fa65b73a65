package hosts_test

import (
	"regexp"
	"strconv"
	"strings"
)

func init() {
	device := oraclePositive(oraclePath("ports.service_devicetype"))
	for param, h := range map[string]oracleHandler{
		"open": oraclePositive(func(value string, rec oracleRecord) (match, ok bool) {
			return oracleAllPorts(value, func(p oraclePort) bool { return p.open(rec) })
		}),
		"filtered":      oraclePositive(oraclePortState("filtered")),
		"closed":        oraclePositive(oraclePortState("closed")),
		"otheropenport": oraclePositive(oracleOtherPort),
		"openport": oracleToggle(func(rec oracleRecord) bool {
			return oracleSome(rec, "ports.state_state", oracleIs("open"))
		}),
		"countports":    oracleCountPorts,
		"service":       oraclePositive(oracleService),
		"product":       oraclePositive(oracleServiceParts(2)),
		"version":       oraclePositive(oracleServiceParts(3)),
		"devicetype":    device,
		"devtype":       device,
		"netdev":        oracleDevice("bridge|broadband router|firewall|hub|load balancer|proxy server|router|switch|WAP"),
		"networkdevice": oracleDevice("bridge|broadband router|firewall|hub|load balancer|proxy server|router|switch|WAP"),
		"phonedev":      oracleDevice("PBX|phone|telecom-misc|VoIP adapter|VoIP phone"),
		"anonldap": oracleFlag(func(rec oracleRecord) bool {
			return oracleSome(rec, "ports.service_extrainfo", oracleIs("Anonymous bind OK"))
		}),
		"geovision": oracleFlag(func(rec oracleRecord) bool {
			return oracleSome(rec, "ports.service_product", oracleRegexp(`(?i)^GeoVision`))
		}),
		"webmin": oracleFlag(func(rec oracleRecord) bool {
			return oracleSame(rec, "ports", func(p any) bool {
				return oracleSome(p, "service_name", oracleIs("http")) && oracleSome(p, "service_product", oracleIs("MiniServ")) &&
					!oracleSome(p, "service_extrainfo", oracleIs("Webmin httpd"))
			})
		}),
		"x11srv": oracleFlag(func(rec oracleRecord) bool {
			return oracleSame(rec, "ports", func(p any) bool {
				return oracleSome(p, "service_name", oracleIs("X11")) && !oracleSome(p, "service_extrainfo", oracleIs("access denied"))
			})
		}),
		"screenshot": oracleOptional(false,
			oracleToggle(func(rec oracleRecord) bool { return oracleExists(rec, "ports.screenshot") }), oracleScreenshot),
		"screenwords": oracleScreenWords,
	} {
		oracleTokens[param] = h
	}
}

func oracleRegexp(pattern string) oracleTest {
	re := regexp.MustCompile(pattern)
	return func(leaf any) bool {
		s, ok := leaf.(string)
		return ok && re.MatchString(s)
	}
}

func oracleDevice(list string) oracleHandler {
	return oracleFlag(func(rec oracleRecord) bool {
		return oracleSome(rec, "ports.service_devicetype", oracleIn(strings.Split(list, "|")...))
	})
}

func oracleAllPorts(value string, test func(p oraclePort) bool) (match, ok bool) {
	ports, ok := oracleParsePorts(value)
	for _, p := range ports {
		if !test(p) {
			return false, ok
		}
	}
	return ok, ok
}

func oraclePortState(state string) oracleTry {
	return func(value string, rec oracleRecord) (match, ok bool) {
		return oracleAllPorts(value, func(p oraclePort) bool {
			return oracleSame(rec, "ports", func(e any) bool { return p.is(e) && oracleSome(e, "state_state", oracleIs(state)) })
		})
	}
}

func oracleOtherPort(value string, rec oracleRecord) (match, ok bool) {
	var known []int64
	for s := range strings.SplitSeq(value, ",") {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return false, false
		}
		known = append(known, n)
	}
	return oracleSame(rec, "openports.tcp.ports", func(port any) bool { return !oracleIn(known...)(port) }), true
}

// oracleCountPorts: negated, one number is the complement, a range is not.
func oracleCountPorts(w oracleWord, rec oracleRecord) (match, known bool) {
	a, b, two := strings.Cut(strings.ReplaceAll(w.value, "-", ","), ",")
	if !two {
		b = a
	}
	low, err := strconv.ParseInt(a, 10, 64)
	high, err2 := strconv.ParseInt(b, 10, 64)
	if err != nil || err2 != nil {
		return false, false
	}
	if low == high {
		return oracleSome(rec, "openports.count", oracleIs(low)) != w.neg, true
	}
	if w.neg {
		return oracleSome(rec, "openports.count", oracleCompare("<", low)) ||
			oracleSome(rec, "openports.count", oracleCompare(">", high)), true
	}
	return oracleSome(rec, "openports.count", oracleCompare(">=", low)) &&
		oracleSome(rec, "openports.count", oracleCompare("<=", high)), true
}

// oracleKnownOr tests a member of a port: "regex or string", or "-" for absent.
func oracleKnownOr(member, value string) (test func(port any) bool, ok bool) {
	if value == "-" {
		return func(port any) bool { return !oracleExists(port, member) }, true
	}
	v, ok := oracleParseValue(value, "")
	return func(port any) bool { return oracleSome(port, member, v.is) }, ok
}

func oracleService(value string, rec oracleRecord) (match, ok bool) {
	value, port, hasPort := strings.Cut(value, ":")
	if !hasPort && value == "-" {
		return !oracleExists(rec, "ports.service_name"), true
	}
	test, ok := oracleKnownOr("service_name", value)
	if hasPort {
		n, err := strconv.ParseInt(port, 10, 64)
		if err != nil {
			return false, false
		}
		name := test
		test = func(e any) bool { return name(e) && oracleSome(e, "port", oracleIs(n)) }
	}
	return oracleSame(rec, "ports", test), ok
}

// oracleServiceParts reads name:product:..., n of them, and a port.
func oracleServiceParts(n int) oracleTry {
	return func(value string, rec oracleRecord) (match, ok bool) {
		parts := strings.Split(value, ":")
		if len(parts) < n || len(parts) > n+1 {
			return false, false
		}
		var tests []func(port any) bool
		for i, member := range []string{"service_name", "service_product", "service_version"}[:n] {
			test, ok := oracleKnownOr(member, parts[i])
			if !ok {
				return false, false
			}
			tests = append(tests, test)
		}
		if len(parts) > n {
			port, err := strconv.ParseInt(parts[n], 10, 64)
			if err != nil {
				return false, false
			}
			tests = append(tests, func(e any) bool { return oracleSome(e, "port", oracleIs(port)) })
		}
		return oracleSame(rec, "ports", func(e any) bool { return oracleAll(e, tests) }), true
	}
}

func oracleAll(v any, tests []func(v any) bool) bool {
	for _, test := range tests {
		if !test(v) {
			return false
		}
	}
	return true
}

// oracleWhere tests that a port has a number and protocol ("80", "tcp/80"), or else a service.
func oracleWhere(s string) func(port any) bool {
	if p, ok := oracleParsePort(s); ok {
		return p.is
	}
	return func(port any) bool { return oracleSome(port, "service_name", oracleIs(s)) }
}

// oracleScreenshot reads a port or service. Negated: there is such a port, and it has no screenshot.
func oracleScreenshot(w oracleWord, rec oracleRecord) (match, known bool) {
	where := oracleWhere(w.value)
	return oracleSame(rec, "ports", func(p any) bool { return where(p) && oracleExists(p, "screenshot") != w.neg }), true
}

// oracleScreenWords reads a word or several literal ones, and a port or service. Negated: there is a screenshot without
// the word (not all of the words).
func oracleScreenWords(w oracleWord, rec oracleRecord) (match, known bool) {
	text, place, hasPlace := strings.Cut(w.value, ":")
	has := func(p any) bool { return oracleExists(p, "screenwords") }
	switch text = strings.ToLower(text); {
	case !w.has:
	case strings.Contains(text, ","):
		words := strings.Split(text, ",")
		for _, word := range words {
			if strings.HasPrefix(word, "/") {
				return false, false
			}
		}
		has = func(p any) bool {
			for _, word := range words {
				if !oracleSome(p, "screenwords", oracleIs(word)) {
					return false
				}
			}
			return true
		}
	default:
		v, ok := oracleParseValue(text, "")
		if !ok {
			return false, false
		}
		has = func(p any) bool { return oracleSome(p, "screenwords", v.is) }
	}
	where := func(any) bool { return true }
	if hasPlace {
		where = oracleWhere(place)
	}
	return oracleSame(rec, "ports", func(p any) bool {
		return oracleExists(p, "screenshot") && where(p) && has(p) != w.neg
	}), true
}
