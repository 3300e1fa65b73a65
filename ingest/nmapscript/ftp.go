package nmapscript

import (
	"regexp"
	"strings"
)

// The forms in which FTP servers list files: as ls does, as dir of Windows does, and as VxWorks does.
const (
	ftpOwner = `(?:[A-Za-z0-9._-]+(?: [NLOPQS])?|\\x[0-9A-Fa-f]{2}|\*|\(\?\))`
	ftpName  = "[A-Za-z0-9 ?._@\\[\\](){}~#'&$%!+\\\\\\-/,|`=]+"
	ftpTime  = `(?:[A-Za-z]{3,} +[0-9]{1,2} +(?:[0-9]{4}|[0-9]{1,2}:[0-9]{2})|[0-9]{1,2}\. +[A-Za-z]{3,} +[0-9]{1,2}:[0-9]{2})`
)

var (
	ftpUnix = regexp.MustCompile(`^([A-Za-z?-]{10})(?: +[0-9]+)? +(` + ftpOwner + `) +(` + ftpOwner + `) +([0-9]+) +(` + ftpTime +
		`) +(` + ftpName + `?)(?: -> (` + ftpName + `))?$`)
	ftpWindows = regexp.MustCompile(`^([0-9]{2}-[0-9]{2}-(?:[0-9]{4}|[0-9]{2}) +[0-9]{1,2}:[0-9]{2}(?:[AP]M)?) +(<DIR>|[0-9]+) +(` + ftpName + `)$`)
	ftpVxWorks = regexp.MustCompile(`^ +([0-9]+) +([A-Za-z]{3}-[0-9]{2}-[0-9]{4} +[0-9]{2}:[0-9]{2}:[0-9]{2}) +(` + ftpName + `?) *(?:<DIR>)?$`)
)

// forms are tried in this order.
var forms = []struct {
	pattern *regexp.Regexp
	columns []string // of the pattern's groups
}{
	{ftpUnix, []string{"permission", "uid", "gid", "size", "time", "filename", "linktarget"}},
	{ftpWindows, []string{"time", "size", "filename"}},
	{ftpVxWorks, []string{"size", "time", "filename"}},
}

// maxLine is the length of a line that may be a file. Names have at most 255 bytes on most systems, 4 characters each
// in Nmap's text.
const maxLine = 4096

// readFTP reads the text of ftp-anon: the lines that a server sends, each a file or something else.
func (l *listing) readFTP(output string) {
	for line := range strings.SplitSeq(output, "\n") {
		line = strings.TrimSuffix(strings.TrimRight(line, " \r"), " [NSE: writeable]")
		if len(line) > maxLine {
			continue
		}
		for _, form := range forms {
			m := form.pattern.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			if !l.isOpen {
				l.openVolume("/")
			}
			m = m[1:]
			if m[len(m)-1] == "" { // not a link
				m = m[:len(m)-1]
			}
			l.add(form.columns, m)
			break
		}
	}
}
