package nmapscript

import (
	"strings"
)

var (
	smbColumns = []string{"size", "filename", "time"}
	nfsColumns = []string{"permission", "uid", "gid", "size", "time", "filename"}
)

// readSMB reads the text of smb-ls: for each directory a title, files with date, time, size and name, and a summary,
// which a blank line ends.
func (l *listing) readSMB(output string) {
	isListing := false
	for line := range strings.SplitSeq(output, "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "Directory of "); ok {
			l.openVolume(name)
			isListing = true
			continue
		}
		switch {
		case !l.isOpen:
		case strings.HasPrefix(line, "Total Files Listed:"):
			isListing = false
		case line == "" && !isListing:
			l.closeVolume()
		case isListing:
			if f, ok := fields(line, 4); ok && isDate(f[0]) && isClock(f[1]) {
				l.add(smbColumns, []string{f[2], f[3], f[0] + " " + f[1]})
			}
		}
	}
}

// readNFS reads the text of nfs-ls: for each export its name, notes, and files below a header, up to a blank line.
func (l *listing) readNFS(output string) {
	isListing := false
	for line := range strings.SplitSeq(output, "\n") {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "NFS Export:"); ok {
			l.openVolume(strings.TrimSpace(name))
			isListing = false
			continue
		}
		note, isNote := strings.CutPrefix(line, "NFS ")
		switch {
		case !l.isOpen:
		case line == "":
			l.closeVolume()
		case isNote:
			l.notes = append(l.notes, lowerFirst(note))
		case strings.HasPrefix(line, "PERMISSION"):
			isListing = true
		case isListing:
			l.addNFS(line)
		}
	}
}

// addNFS adds a file; its time is one word, or, in older versions of Nmap, date and time.
func (l *listing) addNFS(line string) {
	f, ok := fields(line, 6)
	if !ok || !isPermission(f[0]) {
		return
	}
	if clock, name, ok := strings.Cut(f[5], " "); ok && isDate(f[4]) && isClock(clock) {
		f[4], f[5] = f[4]+" "+clock, strings.TrimLeft(name, " ")
	}
	l.add(nfsColumns, f)
}

// readAFP reads the text of afp-ls: volumes, indented by two blanks, with files, indented by four, below a header.
// A line of two blanks ends them; what follows is about all of them.
func (l *listing) readAFP(output string) {
	hasEnded := false
	for line := range strings.SplitSeq(output, "\n") {
		line = strings.TrimRight(line, "\r")
		text := strings.TrimSpace(line)
		switch {
		case line == "  ":
			hasEnded = true
		case text == "" || strings.HasPrefix(line, "  ERROR: "):
		case hasEnded:
			l.info = append(l.info, lowerFirst(text))
		case strings.HasPrefix(line, "    "):
			if f, ok := fields(text, 7); ok && l.isOpen && isPermission(f[0]) {
				l.add(nfsColumns, []string{f[0], f[1], f[2], f[3], f[4] + " " + f[5], f[6]})
			}
		case strings.HasPrefix(line, "  "):
			l.openVolume(text)
		}
	}
}

// isPermission tells whether a text is like -rw-r--r--, also for systems with more kinds of files and flags.
func isPermission(s string) bool {
	if len(s) < 9 || len(s) > 12 || s == "PERMISSION" {
		return false
	}
	for i := range len(s) {
		switch c := s[i] | 0x20; {
		case 'a' <= c && c <= 'z':
		case strings.IndexByte("-?+.@", s[i]) < 0:
			return false
		}
	}
	return true
}

func isDate(s string) bool  { return len(s) >= 8 && made(s, "0123456789-/.") }
func isClock(s string) bool { return len(s) >= 4 && made(s, "0123456789:.") }
