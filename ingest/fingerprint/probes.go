package fingerprint

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxLine is the longest line of a file of probes, in bytes.
const maxLine = 1 << 20

// maxProblems is how many problems of a file are kept.
const maxProblems = 100

// Parse reads a file of probes. name is its name in errors. A line that cannot be read is left out and told by Problems;
// only an error of r, or a line of more than a megabyte, is an error.
func Parse(r io.Reader, name string) (*DB, error) {
	d := &DB{name: name, sections: map[string]*section{}}
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), maxLine)
	var cur *section
	line := 0
	for in.Scan() {
		line++
		text := bytes.TrimRight(in.Bytes(), "\r")
		word, rest, _ := strings.Cut(string(text), " ")
		var err error
		switch word {
		case "Probe":
			cur, err = d.probe(rest)
		case "match", "softmatch":
			if cur == nil {
				err = errors.New("a match before the first Probe")
				break
			}
			var p *pattern
			if p, err = parseMatch(rest); err == nil {
				p.line, p.soft = line, word == "softmatch"
				cur.patterns = append(cur.patterns, p)
			}
		case "fallback":
			if cur == nil {
				err = errors.New("a fallback before the first Probe")
				break
			}
			for probe := range strings.SplitSeq(rest, ",") {
				if probe = strings.TrimSpace(probe); probe != "" {
					cur.fallback = append(cur.fallback, probe)
				}
			}
		}
		if err != nil {
			d.problem(line, err)
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("%s, after line %d: %w", name, line, err)
	}
	for _, s := range d.sections {
		d.resolve(s)
	}
	return d, nil
}

// probe opens the section of a probe: TCP or UDP, a name, what is sent.
func (d *DB) probe(rest string) (*section, error) {
	f := strings.Fields(rest)
	if len(f) < 3 || f[0] != "TCP" && f[0] != "UDP" {
		return nil, errors.New("want Probe TCP|UDP <name> q|...|")
	}
	key := f[0] + "/" + f[1]
	s := d.sections[key]
	if s == nil {
		s = &section{db: d, proto: f[0], name: f[1]}
		d.sections[key] = s
	}
	return s, nil
}

// resolve finds the sections of fallback probes. A probe whose name ends in TCP may fall back to its twin for UDP.
func (d *DB) resolve(s *section) {
	for _, name := range s.fallback {
		to := d.sections[s.proto+"/"+name]
		if to == nil && s.proto == "TCP" && s.name == name+"TCP" {
			to = d.sections["UDP/"+name]
		}
		if to != nil && to != s {
			s.next = append(s.next, to)
		}
	}
}

func (d *DB) problem(line int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.problems) < maxProblems {
		d.problems = append(d.problems, fmt.Sprintf("%s, line %d: %v", d.name, line, err))
	}
}

// parseMatch reads what follows match or softmatch: the service, the pattern, and what is known of the version. The
// pattern is not looked into yet.
func parseMatch(rest string) (*pattern, error) {
	service, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimLeft(rest, " \t")
	if service == "" || len(rest) < 3 || rest[0] != 'm' {
		return nil, errors.New("want match <service> m|<pattern>|")
	}
	end := strings.IndexByte(rest[2:], rest[1])
	if end < 0 {
		return nil, fmt.Errorf("the pattern has no second %c", rest[1])
	}
	p := &pattern{source: rest[2 : 2+end]}
	if p.service = strings.TrimPrefix(service, "ssl/"); p.service != service {
		p.tunnel = "ssl"
	}
	rest = rest[3+end:]
	n := 0
	for n < len(rest) && rest[n] != ' ' && rest[n] != '\t' {
		n++
	}
	p.options, p.info = rest[:n], rest[n:]
	return p, nil
}
