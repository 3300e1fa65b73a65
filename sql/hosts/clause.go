package hosts

import "strings"

// clause writes a keyword with conditions, or nothing without any.
func clause(keyword string, conds []string) string {
	if len(conds) == 0 {
		return ""
	}
	return " " + keyword + " " + strings.Join(conds, " AND ")
}
