package host

import (
	"net/netip"
	"time"
)

// SchemaVersion is the version of the record's shape that this package writes.
const SchemaVersion = 22

// HostScripts is the number of the pseudo-port that holds the results of host-wide scripts.
const HostScripts = -1

// Host is one record: the result of one scan for one address (or, in a view, of all of them). Unknown values
// are zero values and absent from the JSON form.
type Host struct {
	Addr       netip.Addr // IPv4-mapped addresses are unmapped, zones dropped
	Addresses  []AddressList
	Hostnames  []Hostname
	Start, End time.Time // UTC; zero if unknown

	State, StateReason string
	StateReasonTTL     Int

	// Source is the vantage point; SourceList tells that it is a list (always in views).
	Source     []string
	SourceList bool
	Categories []string // sorted, unique
	Tags       []Tag    // sorted by Value, unique
	Infos      *Object  // geography and AS (views)

	Ports      []Port // sorted by protocol (absent first) and number once Finish was called
	ExtraPorts []ExtraPorts
	CPEs       []CPE
	OS         *OS
	Traces     []Trace

	// Extra are further members: other attributes of an Nmap <host> element, members that only imported
	// records have.
	Extra []Member
}

// AddressList are the further addresses of one type (mac, ipv4, ipv6), lower case.
type AddressList struct {
	Type   string
	Values []string
}

// Hostname is a name with its origin (user, PTR, A, service, cert-subject-cn, ...).
type Hostname struct {
	Name, Type string
	Domains    []string // the name and all its parents, the name first
	Extra      []Member
}

// Tag is a label on a host. Info is sorted and unique; nil if there is none.
type Tag struct {
	Value, Type string
	Info        []string
}

// Int is an optional integer.
type Int struct {
	N   int64
	Set bool
}

// Some is an Int that is set.
func Some(n int64) Int { return Int{n, true} }

// Port is the state of a port, what answers there, and the results of scripts.
type Port struct {
	Port           int    // 0 to 65535, or HostScripts
	Protocol       string // tcp, udp, sctp, ip, ...; empty for HostScripts
	State          string // open, closed, filtered, open|filtered, ...
	StateReason    string // syn-ack, reset, no-response, response, passive, ...
	StateReasonTTL Int
	StateReasonIP  netip.Addr // responder, when it is not the target
	Service        Service
	Scripts        []Script

	Screenshot  string // "field": the image is in ScreenData; "empty": it was blank
	ScreenData  []byte // JPEG, PNG or GIF
	ScreenWords []string

	// Extra are further members with their full names (service_servicefp, service_proto, ...).
	Extra []Member
}

// Service is what was found behind a port, in Nmap's terms. A name of "https" never occurs: it is "http"
// with the tunnel "ssl".
type Service struct {
	Name, Product, Version, ExtraInfo, OSType, Hostname, DeviceType, Tunnel, Method string
	Conf, RPCNum, LowVer, HighVer                                                   Int
}

// Script is the result of an Nmap script, or of anything else that is presented as one.
type Script struct {
	ID        string
	Output    string
	HasOutput bool
	// Data is the structured result, nil if there is none. It is stored under DataKey(ID).
	Data    Value
	Masscan *Banner // only for scripts made from Masscan banners
	Extra   []Member
}

// Banner is the banner that a script was made from.
type Banner struct {
	Raw     []byte
	Encoded string // as found, with \xHH escapes; may be empty
}

// ExtraPorts summarises ports that are not listed, by state.
type ExtraPorts struct {
	State   string
	Total   int64
	Reasons []Reason
}

// Reason counts ports that are in a state for that reason.
type Reason struct {
	Name  string
	Count int64
}

// CPE is a Common Platform Enumeration name, split in at most four parts. Version holds the rest verbatim.
type CPE struct {
	Type, Vendor, Product, Version string
	Origins                        []string // sorted, unique; see OriginPort and its siblings
}

// OS is what Nmap thinks of the operating system.
type OS struct {
	PortUsed    *Object   // port ("tcp_22"), state
	Match       []*Object // name, accuracy, line, all texts
	Class       []*Object // type, vendor, osfamily, osgen, accuracy, all texts
	Fingerprint string
}

// Trace is the result of a traceroute.
type Trace struct {
	Protocol string // tcp, udp, icmp, ...; empty for null
	Port     Int    // tcp and udp only
	Hops     []Hop
}

// Hop is a router (or the target) on the way. TTL and RTT are numbers where they could be read, texts otherwise
// (an RTT of "--" is unknown), nil if absent.
type Hop struct {
	Addr    netip.Addr
	TTL     Value // int64 or string
	RTT     Value // float64 (milliseconds) or string
	Host    string
	Domains []string
	Extra   []Member
}
