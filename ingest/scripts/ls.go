package scripts

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ivre/ingest/host"
)

// listing makes the sizes in the structure of a directory listing numbers; that of a folder goes away.
func listing(v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	if t, ok := o.Get("total"); ok {
		if total, ok := t.(*host.Object); ok {
			for _, key := range []string{"files", "bytes"} {
				if n, err := strconv.ParseInt(total.Text(key), 10, 64); err == nil {
					total.Set(key, n)
				}
			}
		}
	}
	volumes, _ := o.Get("volumes")
	list, _ := volumes.(host.List)
	for _, volume := range list {
		vo, _ := volume.(*host.Object)
		files, _ := vo.Get("files")
		fileList, _ := files.(host.List)
		for _, f := range fileList {
			file, ok := f.(*host.Object)
			if !ok {
				continue
			}
			if size := file.Text("size"); size == "<DIR>" {
				file.Delete("size")
			} else if n, err := strconv.ParseInt(size, 10, 64); err == nil && size[0] != '-' && size[0] != '+' {
				file.Set("size", n)
			}
		}
	}
	return o
}

// lister builds a listing from text.
type lister struct {
	volumes host.List
	volume  *host.Object
	files   host.List
	count   int64
	bytes   int64
}

func (l *lister) open(name string) {
	l.volume, l.files = host.NewObject("volume", name, "files", host.List{}), nil
	l.volumes = append(l.volumes, l.volume)
}

func (l *lister) add(file *host.Object) {
	if l.volume == nil {
		return
	}
	l.count++
	if size := file.Text("size"); size != "" && strings.Trim(size, "0123456789") == "" {
		if n, err := strconv.ParseInt(size, 10, 64); err == nil {
			file.Set("size", n)
			l.bytes += n
		}
	}
	l.files = append(l.files, file)
	l.volume.Set("files", l.files)
}

func (l *lister) info(text string) {
	if l.volume == nil {
		return
	}
	v, _ := l.volume.Get("info")
	list, _ := v.(host.List)
	l.volume.Set("info", append(list, lowerFirst(text)))
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

func (l *lister) result() host.Value {
	if len(l.volumes) == 0 {
		return nil
	}
	return host.NewObject("total", host.NewObject("files", l.count, "bytes", l.bytes), "volumes", l.volumes)
}

// listingOf reads the text of scripts that list files.
func listingOf(id, output string) host.Value {
	l := &lister{}
	switch id {
	case "smb-ls":
		l.smb(output)
	case "nfs-ls":
		l.nfs(output)
	case "afp-ls":
		l.afp(output)
	case "ftp-anon":
		l.ftp(output)
	}
	return l.result()
}

func (l *lister) smb(output string) {
	inFiles := false
	for line := range strings.SplitSeq(output, "\n") {
		text := strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(text, "Directory of "); ok {
			l.open(name)
			inFiles = true
			continue
		}
		switch f := strings.Fields(text); {
		case strings.HasPrefix(text, "Total Files Listed:"):
			inFiles = false
		case inFiles && len(f) >= 4:
			l.add(host.NewObject("size", f[2], "filename", strings.Join(f[3:], " "), "time", f[0]+" "+f[1]))
		}
	}
}

func (l *lister) nfs(output string) {
	inFiles := false
	for line := range strings.SplitSeq(output, "\n") {
		text := strings.TrimSpace(line)
		f := strings.Fields(text)
		switch {
		case strings.HasPrefix(text, "NFS Export:"):
			l.open(strings.TrimSpace(strings.TrimPrefix(text, "NFS Export:")))
			inFiles = false
		case strings.HasPrefix(text, "NFS "):
			l.info(text[4:])
		case strings.HasPrefix(text, "PERMISSION"):
			inFiles = true
		case text == "":
			inFiles = false
		case inFiles && len(f) >= 6:
			l.add(host.NewObject("permission", f[0], "uid", f[1], "gid", f[2], "size", f[3], "time", f[4], "filename", strings.Join(f[5:], " ")))
		}
	}
}

func (l *lister) afp(output string) {
	ended := false
	for line := range strings.SplitSeq(output, "\n") {
		text := strings.TrimSpace(line)
		f := strings.Fields(text)
		switch {
		case line == "  ":
			ended = true
		case text == "" || strings.HasPrefix(line, "  ERROR: "):
		case ended:
			l.info(text)
		case strings.HasPrefix(line, "    "):
			if len(f) >= 7 && f[0] != "PERMISSION" {
				l.add(host.NewObject("permission", f[0], "uid", f[1], "gid", f[2], "size", f[3], "time", f[4]+" "+f[5], "filename", strings.Join(f[6:], " ")))
			}
		default:
			l.open(text)
		}
	}
}

const (
	ftpUser = `(?:[A-Za-z0-9._-]+(?: [NLOPQS])?|\\x[0-9A-F]{2}|\*|\(\?\))`
	ftpName = "[A-Za-z0-9 ?._@\\[\\](){}~#'&$%!+\\-/,|`=]+"
	ftpDate = `(?:[A-Za-z]{3} +[0-9]{1,2} +(?:[0-9]{4}|[0-9]{1,2}:[0-9]{2})|[0-9]{1,2}\. [A-Za-z]{3} [0-9]{1,2}:[0-9]{2})`
)

var (
	ftpUnix    = regexp.MustCompile(`^([A-Za-z?-]{10})(?: +[0-9]+)? +(` + ftpUser + `) +(` + ftpUser + `) +([0-9]+) +(` + ftpDate + `) (` + ftpName + `)$`)
	ftpWindows = regexp.MustCompile(`^([0-9]{2}-[0-9]{2}-[0-9]{2,4} +[0-9]{2}:[0-9]{2}(?:[AP]M)?) +(<DIR>|[0-9]+) +(` + ftpName + `)$`)
	ftpVxWorks = regexp.MustCompile(`^ +([0-9]+) +([A-Za-z]{3}-[0-9]{2}-[0-9]{4} +[0-9]{2}:[0-9]{2}:[0-9]{2}) +([^ ]+) *(<DIR>)?$`)
)

func (l *lister) ftp(output string) {
	for line := range strings.SplitSeq(output, "\n") {
		line = strings.TrimSuffix(strings.TrimRight(line, "\r"), " [NSE: writeable]")
		var file *host.Object
		if m := ftpUnix.FindStringSubmatch(line); m != nil {
			name, target, linked := strings.Cut(m[6], " -> ")
			file = host.NewObject("permission", m[1], "uid", m[2], "gid", m[3], "size", m[4], "time", m[5], "filename", name)
			if linked {
				file.Set("linktarget", target)
			}
		} else if m := ftpWindows.FindStringSubmatch(line); m != nil {
			file = host.NewObject("time", m[1], "size", m[2], "filename", m[3])
		} else if m := ftpVxWorks.FindStringSubmatch(line); m != nil {
			file = host.NewObject("size", m[1], "time", m[2], "filename", m[3])
			if m[4] != "" {
				file.Set("size", m[4])
			}
		}
		if file == nil {
			continue
		}
		if l.volume == nil {
			l.open("/")
		}
		l.add(file)
	}
}
