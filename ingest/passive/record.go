package passive

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ivre/ingest/host"
)

// SchemaVersion is the version of the record's shape that this package writes.
const SchemaVersion = 3

// Record is one observation, or many of the same thing. Everything but Count, First, Last and Infos is its
// identity: two observations that agree in the rest are one record. Empty texts, an address that is not valid and
// a port of 0 mean "absent", which is a value of its own in the identity.
type Record struct {
	Recontype string // HTTP_CLIENT_HEADER, DNS_ANSWER, ...
	Source    string // sub-kind: name of a header, "A-198.51.100.53-53", "cert", "tcp/80", ...
	Sensor    string
	Addr      netip.Addr // IPv4-mapped addresses are unmapped, zones dropped
	TargetVal string     // second name or value, mostly where there is no host
	Port      uint16     // of the server, TCP or UDP; 0 if unknown
	Value     string     // valid UTF-8; bytes that are not are escaped as \xHH

	Count       uint64       // at least 1
	First, Last time.Time    // UTC, milliseconds
	Infos       *host.Object // derived from the rest; nil if there is nothing
}

// Clone is a copy with texts of its own, for whoever keeps a record that is only valid for a moment. Infos is shared.
func (r *Record) Clone() Record {
	c := *r
	for _, s := range [...]*string{&c.Recontype, &c.Source, &c.Sensor, &c.TargetVal, &c.Value} {
		*s = strings.Clone(*s)
	}
	return c
}

// Append appends the JSON form of a record: the members in alphabetical order, absent ones left out, dates as
// texts (see host.AppendTime), "count" and "schema_version" always there. There is no identifier in it.
func Append(dst []byte, r *Record) []byte {
	infos, _ := AppendInfos(nil, r.Infos)
	return AppendStored(dst, r, string(infos))
}

// AppendStored is Append for a record whose information is given as what is stored of it. r.Infos is not looked at.
func AppendStored(dst []byte, r *Record, stored string) []byte {
	dst = append(dst, '{')
	if r.Addr.IsValid() {
		dst = append(dst, `"addr": "`...)
		dst = r.Addr.AppendTo(dst)
		dst = append(dst, `", `...)
	}
	dst = append(dst, `"count": `...)
	dst = strconv.AppendUint(dst, r.Count, 10)
	dst = append(dst, `, "firstseen": "`...)
	dst = host.AppendTime(dst, r.First)
	dst = append(dst, `", "infos": `...)
	n := len(dst)
	if dst = AppendAllInfos(dst, r, stored); len(dst) > n {
		dst = append(dst, `, "lastseen": "`...)
	} else { // there are none
		dst = append(dst[:n-len(`"infos": `)], `"lastseen": "`...)
	}
	dst = host.AppendTime(dst, r.Last)
	dst = append(dst, '"')
	if r.Port != 0 {
		dst = append(dst, `, "port": `...)
		dst = strconv.AppendUint(dst, uint64(r.Port), 10)
	}
	dst = appendText(dst, "recontype", r.Recontype)
	dst = append(dst, `, "schema_version": `...)
	dst = strconv.AppendInt(dst, SchemaVersion, 10)
	if r.Sensor != "" {
		dst = appendText(dst, "sensor", r.Sensor)
	}
	if r.Source != "" {
		dst = appendText(dst, "source", r.Source)
	}
	if r.TargetVal != "" {
		dst = appendText(dst, "targetval", r.TargetVal)
	}
	dst = appendText(dst, "value", r.Value)
	return append(dst, '}')
}

func appendText(dst []byte, key, value string) []byte {
	dst = append(dst, `, "`...)
	dst = append(dst, key...)
	dst = append(dst, `": `...)
	return host.AppendString(dst, value)
}
