package nmapscript

import "strings"

// Ignored tells whether the result of a script says nothing that is worth keeping: the script failed, found nothing, or
// its result is an image in a file. Apart from the latter, a script without an output is never ignored.
func Ignored(id, output string, hasOutput bool) bool {
	if screenshotIDs[id] {
		return true
	}
	if !hasOutput {
		return false
	}
	switch output {
	case "Unable to open connection", "false", "TIMEOUT", "ERROR", "\n", "\r\n":
		return true
	}
	for _, s := range emptyTexts[id] {
		if output == s {
			return true
		}
	}
	if isEmpty, ok := emptyPatterns[id]; ok && isEmpty(id, output) {
		return true
	}
	return hasFailure(output) || hasTimeout(output) || hasHashOfNothing(output)
}

// failures are what a line that reports an error starts with, after "ERROR: ".
var failures = [...]string{
	"Failed to connect to server",
	"Failed to receive response from server",
	"Script execution failed (use -d to debug)",
	"Receiving packet: ERROR",
	"Receiving packet: EOF",
	"Failed to send packet: ERROR",
	"ERROR",
}

// indexFrom returns where a text occurs at or after a place, -1 if it does not.
func indexFrom(s, text string, from int) int {
	k := strings.Index(s[from:], text)
	if k < 0 {
		return -1
	}
	return from + k
}

// hasFailure tells whether a line, after blanks, is the report of an error that says nothing about the target.
func hasFailure(s string) bool {
	const label = "ERROR: "
	for i := indexFrom(s, label, 0); i >= 0; i = indexFrom(s, label, i+1) {
		before := strings.TrimRight(s[:i], " ")
		if before != "" && !strings.HasSuffix(before, "\n") {
			continue
		}
		for _, failure := range failures {
			if strings.HasPrefix(s[i+len(label):], failure) {
				return true
			}
		}
	}
	return false
}

// hasTimeout tells whether a line, after blanks, reports a timeout.
func hasTimeout(s string) bool {
	for i := strings.Index(s, "TIMEOUT"); i >= 0; i = strings.Index(s, "TIMEOUT") {
		line := strings.TrimLeft(s[strings.LastIndexByte(s[:i], '\n')+1:i], " ")
		if strings.HasPrefix(line, "SMB:") || strings.HasPrefix(line, "ERROR:") {
			return true
		}
		end := indexFrom(s, "\n", i)
		if end < 0 {
			return false
		}
		s = s[end+1:]
	}
	return false
}

// hasHashOfNothing tells whether a text has the MD5 of nothing in it, in any case: what was hashed was empty. It looks
// for the longest part that is only digits.
func hasHashOfNothing(s string) bool {
	const hash, part, at = "d41d8cd98f00b204e9800998ecf8427e", "9800998", 17
	for i := indexFrom(s, part, 0); i >= 0; i = indexFrom(s, part, i+1) {
		if start := i - at; start >= 0 && start+len(hash) <= len(s) && strings.EqualFold(s[start:start+len(hash)], hash) {
			return true
		}
	}
	return false
}

// emptyPatterns recognise outputs that say nothing, by script.
var emptyPatterns = map[string]func(id, output string) bool{
	"dns-nsec-enum":             noDomain,
	"dns-nsec3-enum":            noDomain,
	"http-fileupload-exploiter": noFileField,
	"http-php-version":          unknownLogos,
	"http-vhosts":               onlyStatus,
	"irc-botnet-channels":       func(_, s string) bool { return strings.HasPrefix(s, "\n  ERROR: Closing Link: ") },
	"ms-sql-config":             noLogin,
	"ms-sql-dump-hashes":        noLogin,
	"ms-sql-hasdbaccess":        noLogin,
	"ms-sql-query":              noLogin,
	"ms-sql-tables":             noLogin,
	"p2p-conficker":             func(_, s string) bool { return strings.Contains(s, "Host is CLEAN or ports are blocked") },
	"smtp-commands":             noConnection,
}

// noDomain: the script was not told a domain. The line ends with any character, commonly a dot.
func noDomain(id, s string) bool {
	s, ok := strings.CutPrefix(strings.TrimSuffix(s, "\n"), "Can't determine domain for host ")
	if !ok || strings.Contains(s, "\n") || s == "" {
		return false
	}
	return strings.HasSuffix(s[:len(s)-1], "; use "+id+".domains script arg")
}

func noFileField(_, s string) bool {
	for ok := true; ok; {
		s, ok = strings.CutPrefix(s, "\n  \n    Couldn't find a file-type field.")
	}
	return s == ""
}

// unknownLogos: of the two pictures that tell a version of PHP, those that were there were not known.
func unknownLogos(_, s string) bool {
	const query, answer = " query returned unknown hash ", 32
	line := func(s, what string) (string, bool) {
		rest, ok := strings.CutPrefix(s, what+query)
		if !ok || len(rest) < answer || !isHex(rest[:answer]) {
			return s, false
		}
		return rest[answer:], true
	}
	s, logo := line(s, "Logo")
	if logo && s != "" {
		var ok bool
		if s, ok = strings.CutPrefix(s, "\n"); !ok {
			return false
		}
	}
	s, credits := line(s, "Credits")
	return s == "" && (logo || credits)
}

// onlyStatus: the first line says that all of a number of names were answered in the same way.
func onlyStatus(_, s string) bool {
	s, ok := strings.CutPrefix(s, "\n")
	rest := strings.TrimLeft(s, "0123456789")
	if !ok || rest == s {
		return false
	}
	if rest, ok = strings.CutPrefix(rest, " names had status "); !ok {
		return false
	}
	return strings.HasPrefix(rest, "ERROR") || len(rest) >= 3 && strings.Trim(rest[:3], "0123456789") == ""
}

// noLogin: a line says that there was no way to log in.
func noLogin(_, s string) bool {
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimPrefix(strings.TrimLeft(line, " "), "ERROR: ")
		switch strings.TrimSuffix(line, ".") {
		case "No login credentials", "TCP: Socket connection failed, Named Pipes: No named pipe for this instance":
			return true
		}
	}
	return false
}

func noConnection(_, s string) bool {
	port, ok := strings.CutPrefix(strings.TrimSuffix(s, "\n"), "Couldn't establish connection on port ")
	return ok && port != "" && strings.Trim(port, "0123456789") == ""
}
