// Package manuf names the manufacturers of network cards by the first bits of their MAC addresses, from a table that
// Wireshark or Nmap installed. It has no table of its own.
package manuf

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Table holds the names by prefixes. The zero value, and nil, know none.
type Table struct {
	names map[prefix]string
	sizes []int // of prefixes in bits, longest first
}

type prefix struct {
	bits uint64 // the first bits of an address of 48, the others zero
	size int
}

// paths are where tables usually are; Wireshark's has the better names.
var paths = []string{
	"/usr/share/wireshark/manuf", "/usr/local/share/wireshark/manuf", "/etc/wireshark/manuf",
	"/usr/share/nmap/nmap-mac-prefixes", "/usr/local/share/nmap/nmap-mac-prefixes",
}

// Default is the table of this machine, read once: that of IVRE_MANUF if it is set, else the first of the usual ones.
// Without any it is empty.
var Default = sync.OnceValue(func() *Table {
	list := paths
	if own := os.Getenv("IVRE_MANUF"); own != "" {
		list = []string{own}
	}
	for _, p := range list {
		if t, err := Load(p); err == nil {
			return t
		}
	}
	return &Table{}
})

// Load reads a table: Wireshark's "manuf" (prefix, short name, long name, separated by TABs; prefixes as 00:00:0C or
// 00:1B:C5:00:00:00/36) or Nmap's "nmap-mac-prefixes" (6 to 9 hexadecimal digits, a blank, the name).
func Load(path string) (*Table, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

const maxTable = 64 << 20 // bytes that are read of a table

func read(r io.Reader) (*Table, error) {
	t := &Table{names: map[prefix]string{}}
	lines := bufio.NewScanner(io.LimitReader(r, maxTable))
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		text, rest := cutBlank(line)
		name := rest
		if short, _, ok := strings.Cut(rest, "\t"); ok {
			name = strings.TrimSpace(short)
		}
		if p, ok := parsePrefix(text); ok && name != "" {
			t.names[p] = name
		}
	}
	seen := map[int]bool{}
	for p := range t.names {
		seen[p.size] = true
	}
	for size := 48; size > 0; size-- {
		if seen[size] {
			t.sizes = append(t.sizes, size)
		}
	}
	return t, lines.Err()
}

func cutBlank(s string) (first, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

// parsePrefix reads digits, with or without separators, and the size in bits after a slash.
func parsePrefix(s string) (p prefix, ok bool) {
	digits, size, hasSize := strings.Cut(s, "/")
	digits = strings.NewReplacer(":", "", "-", "", ".", "").Replace(digits)
	if digits == "" || len(digits) > 12 {
		return p, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		return p, false
	}
	p = prefix{bits: n << (4 * (12 - len(digits))), size: 4 * len(digits)}
	if hasSize {
		bits, err := strconv.Atoi(size)
		if err != nil || bits < 1 || bits > 48 {
			return p, false
		}
		p.size = bits
	}
	p.bits &= mask(p.size)
	return p, true
}

func mask(size int) uint64 { return (1<<48 - 1) &^ (1<<(48-size) - 1) }

// Short is the name for an address (00:00:0c:01:02:03), by the longest prefix that is known.
func (t *Table) Short(mac string) (name string, ok bool) {
	if t == nil || len(t.names) == 0 {
		return "", false
	}
	p, ok := parsePrefix(mac)
	if !ok || p.size != 48 {
		return "", false
	}
	for _, size := range t.sizes {
		if name, ok := t.names[prefix{p.bits & mask(size), size}]; ok {
			return name, true
		}
	}
	return "", false
}
