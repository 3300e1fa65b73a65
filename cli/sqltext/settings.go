package sqltext

import (
	"regexp"
	"strings"
)

var (
	settingsWord = regexp.MustCompile(`(?i)\bSETTINGS\s`)
	assignment   = regexp.MustCompile(`^\s*([A-Za-z_]\w*)\s*=\s*('[^'\\]*'|[\w.+-]+)\s*(,?)`)
)

// Settings returns the settings that a statement's own SETTINGS clauses make, those of subqueries left
// out. Values that are neither numbers, words nor plain texts are left out.
func Settings(statement string) map[string]string {
	out := map[string]string{}
	for _, at := range settingsWord.FindAllStringIndex(topLevel(statement), -1) {
		rest := statement[at[1]:]
		for {
			m := assignment.FindStringSubmatch(rest)
			if m == nil {
				break
			}
			out[m[1]] = strings.Trim(m[2], "'")
			if rest = rest[len(m[0]):]; m[3] == "" {
				break
			}
		}
	}
	return out
}

// topLevel blanks out everything within quotes, comments and parentheses; what is left stays in place.
func topLevel(statement string) string {
	var s Splitter
	out := []byte(statement)
	depth := 0
	for i := 0; i < len(statement); {
		before := s.state
		n, _, _ := s.step(statement[i:])
		if before == code && s.state == code {
			switch statement[i] {
			case '(', '[', '{':
				depth++
			case ')', ']', '}':
				depth--
			}
		}
		if depth > 0 || before != code || s.state != code {
			for j := i; j < i+n; j++ {
				out[j] = '_'
			}
		}
		i += n
	}
	return string(out)
}
