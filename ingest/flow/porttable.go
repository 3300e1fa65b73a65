package flow

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// PortTable says how likely a port is the one that a server listens on: a value per protocol and
// port, 0 when unknown. It is written once and then only read, by any number of goroutines. A nil
// *PortTable is an empty one.
type PortTable struct {
	tcp, udp [1 << 16]float64
	other    map[string]map[uint16]float64
}

// etcServicesValue is the value of a port that is known from /etc/services, which has no frequencies.
const etcServicesValue = 0.5

// Set gives a port its value, in place of any it had.
func (t *PortTable) Set(proto string, port uint16, value float64) {
	switch proto {
	case ProtoTCP:
		t.tcp[port] = value
	case ProtoUDP:
		t.udp[port] = value
	default:
		if t.other == nil {
			t.other = make(map[string]map[uint16]float64)
		}
		if t.other[proto] == nil {
			t.other[proto] = make(map[uint16]float64)
		}
		t.other[proto][port] = value
	}
}

// Value returns the value of a port, 0 if it is unknown.
func (t *PortTable) Value(proto string, port uint16) float64 {
	if t == nil {
		return 0
	}
	switch proto {
	case ProtoTCP:
		return t.tcp[port]
	case ProtoUDP:
		return t.udp[port]
	}
	return t.other[proto][port]
}

// ServerSide guesses which of two ports is the server's: 1 for p1, -1 for p2, 0 if it can't be told
// because they are the same. The port of higher value is the server's; of equal values (both unknown,
// for instance) the lower port.
func (t *PortTable) ServerSide(p1, p2 uint16, proto string) int {
	v1, v2 := t.Value(proto, p1), t.Value(proto, p2)
	switch {
	case v1 > v2:
		return 1
	case v1 < v2:
		return -1
	case p1 < p2:
		return 1
	case p1 > p2:
		return -1
	}
	return 0
}

// Override sets the values of KNOWN_PORTS ({protocol: {port: value}}) over those loaded before.
func (t *PortTable) Override(known map[string]map[int]float64) error {
	for proto, ports := range known {
		for port, value := range ports {
			if port < 0 || port > math.MaxUint16 {
				return fmt.Errorf("known ports: %s/%d: a port is a number from 0 to 65535", proto, port)
			}
			if !validValue(value) {
				return fmt.Errorf("known ports: %s/%d: the value %v is not a number of at least 0", proto, port, value)
			}
			t.Set(CanonicalProto(proto), uint16(port), value)
		}
	}
	return nil
}

func validValue(v float64) bool { return v >= 0 && !math.IsInf(v, 1) }

// LoadNmapServices adds the entries of an nmap-services file: lines of name, port/protocol and
// frequency, the last as a decimal number or a ratio (12/1000). Lines that are not like that are
// skipped: the format has more columns and comments, and a missing entry only weakens a guess.
func (t *PortTable) LoadNmapServices(r io.Reader) error {
	return eachFields(r, func(f []string) {
		if len(f) < 3 {
			return
		}
		port, proto, ok := parsePortProto(f[1])
		if !ok {
			return
		}
		if value, ok := parseFrequency(f[2]); ok {
			t.Set(proto, port, value)
		}
	})
}

// LoadEtcServices adds the entries of an /etc/services file that have no alias, each with the
// value 0.5.
func (t *PortTable) LoadEtcServices(r io.Reader) error {
	return eachFields(r, func(f []string) {
		if len(f) != 2 {
			return
		}
		if port, proto, ok := parsePortProto(f[1]); ok {
			t.Set(proto, port, etcServicesValue)
		}
	})
}

// eachFields calls do with the blank-separated fields of every line that is more than a comment.
func eachFields(r io.Reader, do func([]string)) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		line, _, _ := strings.Cut(sc.Text(), "#")
		if f := strings.Fields(line); len(f) > 0 {
			do(f)
		}
	}
	return sc.Err()
}

// parsePortProto reads "443/tcp".
func parsePortProto(s string) (port uint16, proto string, ok bool) {
	num, proto, found := strings.Cut(s, "/")
	n, err := strconv.ParseUint(num, 10, 16)
	if !found || err != nil || proto == "" {
		return 0, "", false
	}
	return uint16(n), CanonicalProto(proto), true
}

func parseFrequency(s string) (float64, bool) {
	num, den, ratio := strings.Cut(s, "/")
	v, err := strconv.ParseFloat(num, 64)
	if err != nil {
		return 0, false
	}
	if ratio {
		d, err := strconv.ParseFloat(den, 64)
		if err != nil {
			return 0, false
		}
		v /= d
	}
	return v, validValue(v)
}

// nmapShareDirs are the folders where packages put nmap's data files.
var nmapShareDirs = []string{
	"/usr/share/nmap",
	"/usr/local/share/nmap",
	"/opt/local/share/nmap",
	"/opt/homebrew/share/nmap",
	"/opt/nmap/share/nmap",
}

const etcServices = "/etc/services"

// OpenPortTable loads the port table of this machine: nmap-services from the folder nmapShare, or
// where that is "" from the usual places; without such a file /etc/services; without that the table
// is empty. known (KNOWN_PORTS) goes on top. It also returns the file that was read ("" for none),
// which decides directions and so is worth telling the user.
func OpenPortTable(nmapShare string, known map[string]map[int]float64) (t *PortTable, source string, err error) {
	t = new(PortTable)
	dirs := nmapShareDirs
	if nmapShare != "" {
		dirs = []string{nmapShare}
	}
	if source, err = t.loadFirst(dirs); err != nil {
		return nil, "", err
	}
	if err := t.Override(known); err != nil {
		return nil, "", err
	}
	return t, source, nil
}

// loadFirst loads the first file that exists and returns its name.
func (t *PortTable) loadFirst(nmapDirs []string) (source string, err error) {
	for _, dir := range nmapDirs {
		name := filepath.Join(dir, "nmap-services")
		if err := t.loadFile(name, t.LoadNmapServices); !errors.Is(err, fs.ErrNotExist) {
			return name, err
		}
	}
	err = t.loadFile(etcServices, t.LoadEtcServices)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return etcServices, err
}

func (t *PortTable) loadFile(name string, load func(io.Reader) error) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("port table: %w", err)
	}
	defer f.Close()
	if err := load(f); err != nil {
		return fmt.Errorf("port table %s: %w", name, err)
	}
	return nil
}
