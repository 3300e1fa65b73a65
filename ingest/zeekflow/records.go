package zeekflow

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"ivre/ingest/flow"
	"ivre/ingest/zeeklog"
)

// ends is what the records of all logs have in common.
type ends struct {
	time         int64
	src, dst     flow.Addr
	proto        string
	sport, dport uint16
	icmp         [2]uint8 // type, code
}

// conn makes p.event from a line of conn.log. Counters that are not set are 0.
func (p *parser) conn(k *kind, row zeeklog.Row) error {
	e, err := p.ends(k, row, true)
	if err != nil {
		return err
	}
	end := e.time
	if d := row.Value(colDuration); p.opt.UseDuration && d.IsSet() {
		length, err := d.Interval()
		if err != nil {
			return columnError(k, colDuration, err)
		}
		end += max(length, 0) // clocks that are set back make Zeek print negative ones
	}
	if err := flow.CheckTimes(e.time, end); err != nil {
		return err
	}
	var n [4]uint64
	for i := range n {
		v := row.Value(colOrigPkts + i)
		if !v.IsSet() {
			continue
		}
		if n[i], err = v.Uint(math.MaxUint64); err != nil {
			return columnError(k, colOrigPkts+i, err)
		}
	}
	p.event = flow.Event{
		Start: e.time, End: end, Src: e.src, Dst: e.dst, Proto: e.proto,
		Sport: e.sport, Dport: e.dport, Type: e.icmp[0], Code: e.icmp[1], Count: 1,
		CsPkts: n[0], CsBytes: n[1], ScPkts: n[2], ScBytes: n[3],
	}
	return nil
}

// ends reads the time and the end points of a line. source says that the source port or ICMP code is
// needed, too.
func (p *parser) ends(k *kind, row zeeklog.Row, source bool) (e ends, err error) {
	if e.time, err = row.Value(colTime).Time(); err != nil {
		return e, columnError(k, colTime, err)
	}
	if err := flow.CheckTimes(e.time, e.time); err != nil {
		return e, err
	}
	if e.src, err = address(k, row, colOrigHost, colPktSrc); err != nil {
		return e, err
	}
	if e.dst, err = address(k, row, colRespHost, colPktDst); err != nil {
		return e, err
	}
	if e.proto, err = p.protoOf(k, row); err != nil {
		return e, err
	}
	switch {
	case flow.HasPorts(e.proto):
		if source {
			if e.sport, err = port(k, row, colOrigPort); err != nil {
				return e, err
			}
		}
		e.dport, err = port(k, row, colRespPort)
	case flow.HasType(e.proto):
		if e.icmp[0], err = icmpNumber(k, row, colOrigPort); err == nil && source {
			e.icmp[1], err = icmpNumber(k, row, colRespPort)
		}
	}
	return e, err
}

// address reads the address in the first of two columns that is set.
func address(k *kind, row zeeklog.Row, col, other int) (flow.Addr, error) {
	v := row.Value(col)
	if !v.IsSet() {
		if o := row.Value(other); o.IsSet() {
			v, col = o, other
		}
	}
	a, err := v.Addr()
	if err != nil {
		return flow.Addr{}, columnError(k, col, err)
	}
	return flow.AddrFrom(a), nil
}

func port(k *kind, row zeeklog.Row, col int) (uint16, error) {
	n, err := row.Value(col).Uint(math.MaxUint16)
	if err != nil {
		return 0, columnError(k, col, err)
	}
	return uint16(n), nil
}

// icmpNumber reads an ICMP type or code, which Zeek keeps in the columns of the ports.
func icmpNumber(k *kind, row zeeklog.Row, col int) (uint8, error) {
	n, err := row.Value(col).Uint(math.MaxUint8)
	if err != nil {
		return 0, columnError(k, col, fmt.Errorf("ICMP: %w", err))
	}
	return uint8(n), nil
}

func columnError(k *kind, col int, err error) error {
	return fmt.Errorf("column %s: %w", k.schema.Name(col), err)
}

// protoOf finds the transport protocol of the flow.
func (p *parser) protoOf(k *kind, row zeeklog.Row) (string, error) {
	switch k.transport {
	case fixed:
		return k.proto, nil
	case sipPath:
		if usesTCP(row.Value(colResponsePath)) || usesTCP(row.Value(colRequestPath)) {
			return "tcp", nil
		}
		return "udp", nil
	case either:
		if !row.Value(colProto).IsSet() {
			return k.proto, nil
		}
	}
	name, err := p.protoName(row.Value(colProto))
	if err != nil {
		return "", columnError(k, colProto, err)
	}
	return name, nil
}

// protoName returns the protocol in lower case. Few names occur, so that they are kept for reuse.
func (p *parser) protoName(v zeeklog.Value) (string, error) {
	const limit = 32
	p.text = v.AppendText(p.text[:0])
	for _, name := range &p.protos {
		if string(p.text) == name && name != "" {
			return name, nil
		}
	}
	name := strings.ToLower(string(p.text))
	bad := len(name) == 0 || len(name) > limit
	for _, c := range []byte(name) {
		bad = bad || !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == '+')
	}
	if bad {
		if !v.IsSet() {
			return "", fmt.Errorf("not set, expected a protocol")
		}
		return "", fmt.Errorf("%.40q is not the name of a protocol", p.text)
	}
	copy(p.protos[1:], p.protos[:])
	p.protos[0] = name
	return name, nil
}

// usesTCP tells whether an element of a path of SIP messages (Via headers such as "SIP/2.0/TLS
// 192.0.2.1:5061;branch=...") was sent over TCP.
func usesTCP(v zeeklog.Value) bool {
	var buf [64]byte
	for e := range v.Elements() {
		word, _, _ := bytes.Cut(bytes.TrimLeft(e.AppendText(buf[:0]), " "), []byte(" "))
		parts := bytes.SplitN(word, []byte("/"), 4)
		if len(parts) == 3 && (bytes.EqualFold(parts[2], []byte("tcp")) || bytes.EqualFold(parts[2], []byte("tls"))) {
			return true
		}
	}
	return false
}
