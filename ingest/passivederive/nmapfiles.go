package passivederive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"ivre/ingest/fingerprint"
	"ivre/ingest/passive"
)

// maxFileLine is the longest line of Nmap's files, in bytes.
const maxFileLine = 1 << 20

// DefaultScanners returns the scanners that are known, with those of the installed Nmap (see fingerprint.Find), which are
// read once. What cannot be read is left out: package fingerprint has a warning for that.
var DefaultScanners = sync.OnceValue(func() *Scanners {
	s := NewScanners()
	if path, err := fingerprint.Find(); err == nil {
		_ = s.ReadNmap(filepath.Dir(path)) // what was read before the error counts
	}
	return s
})

// ReadNmap adds what Nmap sends, by the files nmap-service-probes and nmap-payloads in the folder of its data files. Nmap
// has no nmap-payloads any more since version 7.95.
func (s *Scanners) ReadNmap(dir string) error {
	if err := s.readFile(filepath.Join(dir, fingerprint.FileName), s.ReadProbes); err != nil {
		return err
	}
	err := s.readFile(filepath.Join(dir, "nmap-payloads"), s.ReadPayloads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (s *Scanners) readFile(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := read(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// ReadProbes adds the probes of Nmap's file nmap-service-probes: lines such as Probe TCP GetRequest q|GET /...|. The first
// of two probes that send the same counts. Other lines, and probes that cannot be read, are left out.
func (s *Scanners) ReadProbes(r io.Reader) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), maxFileLine)
	line := 0
	for in.Scan() {
		line++
		rest, ok := strings.CutPrefix(in.Text(), "Probe ")
		if !ok {
			continue
		}
		proto, rest, _ := strings.Cut(rest, " ")
		name, rest, _ := strings.Cut(rest, " ")
		if rest = strings.TrimLeft(rest, " "); len(rest) < 3 || rest[0] != 'q' || proto != "TCP" && proto != "UDP" {
			continue
		}
		payload, _, ok := strings.Cut(rest[2:], rest[1:2])
		if !ok {
			continue
		}
		s.add(strings.ToLower(proto), cString(payload), sent{"Nmap", proto + " probe " + name})
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("after line %d: %w", line, err)
	}
	return nil
}

// ReadPayloads adds the payloads of Nmap's file nmap-payloads: udp, a list of ports, texts in quotes on one or more lines.
// What follows a payload on its last line is left out.
func (s *Scanners) ReadPayloads(r io.Reader) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), maxFileLine)
	var ports string
	var payload strings.Builder
	flush := func() {
		if ports != "" {
			s.add("udp", payload.String(), sent{"Nmap", "UDP payload " + ports})
		}
		ports = ""
		payload.Reset()
	}
	line := 0
	for in.Scan() {
		line++
		text := strings.TrimSpace(in.Text())
		if rest, ok := strings.CutPrefix(text, "udp "); ok {
			flush()
			rest = strings.TrimLeft(rest, " ")
			n := strings.IndexAny(rest, " \t\"#")
			if n < 0 {
				n = len(rest)
			}
			ports, text = rest[:n], strings.TrimSpace(rest[n:])
		}
		for ports != "" && strings.HasPrefix(text, `"`) {
			quoted, rest, ok := cutQuoted(text)
			if !ok {
				break
			}
			payload.WriteString(cString(quoted))
			text = strings.TrimSpace(rest)
		}
	}
	flush()
	if err := in.Err(); err != nil {
		return fmt.Errorf("after line %d: %w", line, err)
	}
	return nil
}

// cutQuoted splits a text that begins with a quote after the one that ends it.
func cutQuoted(s string) (quoted, rest string, ok bool) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[1:i], s[i+1:], true
		}
	}
	return "", "", false
}

// cString decodes the escapes of Nmap's files, which are those of C: \xHH, \0, \n, ... Other characters after a backslash
// stand for themselves.
func cString(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'x':
			if i+2 < len(s) {
				hi, ok1 := passive.HexDigit(s[i+1])
				lo, ok2 := passive.HexDigit(s[i+2])
				if ok1 && ok2 {
					b.WriteByte(hi<<4 | lo)
					i += 2
					continue
				}
			}
			b.WriteByte(c)
		default:
			if at := strings.IndexByte("0abfnrtv", c); at >= 0 {
				c = "\x00\a\b\f\n\r\t\v"[at]
			}
			b.WriteByte(c)
		}
	}
	return b.String()
}
