package httpapi

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	record "ivre/ingest/host"
	"ivre/sql/ask"
	"ivre/sql/dns"
	"ivre/sql/passive"
	"ivre/sql/query"
	"ivre/sql/tree"
)

// passiveRecords gives passive records as texts.
type passiveRecords struct{ *passive.Client }

// Each implements records.
func (p passiveRecords) Each(ctx context.Context, r ask.Request, f func(record string) error) error {
	return p.EachText(ctx, r, f)
}

// passiveRoutes answers the questions about passive records.
type passiveRoutes struct{ recordRoutes }

func newPassiveRoutes(s *Server) *passiveRoutes {
	return &passiveRoutes{recordRoutes{Server: s, records: passiveRecords{s.Passive}, kind: query.Passive, prefix: "/passive", module: modulePassive}}
}

func (h *passiveRoutes) routes() []route {
	list := h.recordRoutes.routes()
	if h.Names != nil {
		list = append(list, route{path: "/passivedns/*", module: modulePassive, get: h.passiveDNS})
	}
	return list
}

// passiveDNS answers in the Common Output Format of passive DNS servers
// (https://datatracker.ietf.org/doc/draft-dulaunoy-dnsop-passive-dns-cof/): an object per line, times in whole seconds
// since the Unix epoch unless texts are asked for.
func (h *passiveRoutes) passiveDNS(c echo.Context) error {
	q, err := h.nameQuery(c)
	if err != nil {
		return err
	}
	dates := paramsOf(c).flag("datesasstrings")
	c.Response().Header().Set("Content-Type", "application/x-ndjson")
	out := bufio.NewWriterSize(c.Response(), outBuffer)
	var buf []byte
	err = h.paced(c.Request(), func(ctx context.Context, write func(func() error) error) error {
		return h.Names.Lookup(ctx, q, func(a *dns.Answer) error {
			return write(func() error {
				buf = appendAnswer(buf[:0], a, dates)
				_, err := out.Write(buf)
				return err
			})
		})
	})
	if errors.Is(err, errHeadersOnly) {
		c.Response().WriteHeader(http.StatusOK)
		return nil
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// filterHeader is how the client PyPDNS asks for one type of answers.
const filterHeader = "Dribble-Filter-Rrtype"

// nameQuery reads what is asked for: an address, also as a number, a network, or a name.
func (h *passiveRoutes) nameQuery(c echo.Context) (q dns.Query, err error) {
	what, err := rest(c)
	if err != nil {
		return q, err
	}
	p := paramsOf(c)
	q.Type = strings.ToUpper(p.get("type", c.Request().Header.Get(filterHeader)))
	if q.Base, err = h.baseFilter(c.Request(), query.Passive); err != nil {
		return q, err
	}
	if first, last, ok, err := addressQuery(what); ok || err != nil {
		q.From, q.To = first, last
		return q, err
	}
	_, q.Subdomains = p["subdomains"]
	_, q.Reverse = p["reverse"]
	q.Name = what
	return q, nil
}

// addressQuery reads an address, an IPv4 address as a decimal number, or a network; ok is false for anything else.
func addressQuery(s string) (first, last netip.Addr, ok bool, err error) {
	if strings.Trim(s, "0123456789") == "" {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return first, last, false, badRequest("%.40q is not the number of an IPv4 address (0 to 4294967295)", s)
		}
		a := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		return a, a, true, nil
	}
	network, err := query.Network(s)
	if err == nil {
		return network.From, network.To, true, nil
	}
	if host, _, ok := strings.Cut(s, "/"); ok {
		if _, aerr := netip.ParseAddr(host); aerr == nil { // names may have slashes (RFC 2317), too
			return first, last, false, badRequest("%v", err)
		}
	}
	return first, last, false, nil
}

// appendAnswer appends an answer, with its line feed.
func appendAnswer(b []byte, a *dns.Answer, dates bool) []byte {
	member := func(key, value string) {
		b = append(append(append(b, '"'), key...), `": `...)
		b = append(record.AppendString(b, value), ", "...)
	}
	b = append(b, '{')
	if a.Sensor != "" {
		member("sensor", a.Sensor)
		member("sensor_id", a.Sensor)
	}
	if a.Server != "" {
		member("source", a.Server)
	}
	b = strconv.AppendUint(append(b, `"count": `...), a.Count, 10)
	b = append(b, ", "...)
	member("rrtype", a.Type)
	member("rrname", a.Name)
	member("rdata", a.Data)
	b = appendMoment(append(b, `"time_first": `...), a.First, dates)
	b = appendMoment(append(b, `, "time_last": `...), a.Last, dates)
	return append(b, "}\n"...)
}

// appendMoment appends a time as whole seconds since the Unix epoch, or as a text; null if it is not known.
func appendMoment(b []byte, t time.Time, dates bool) []byte {
	switch {
	case t.IsZero():
		return append(b, "null"...)
	case dates:
		return append(record.AppendTime(append(b, '"'), t), '"')
	}
	return strconv.AppendInt(b, t.Unix(), 10)
}

// mergedNames answers with names and what they point to, from scans and passive records.
func (s *Server) mergedNames(c echo.Context) error {
	r, err := s.mergedRequest(c)
	if err != nil {
		return err
	}
	p := paramsOf(c)
	frame := framing{open: "[\n", between: ",\n", close: "\n]\n"}
	typ, ext := "application/json", "json"
	if p.get("format", "") == "ndjson" {
		typ, ext, frame = "application/x-ndjson", "ndjson", framing{between: "\n", last: "\n"}
	}
	c.Response().Header().Set("Content-Type", typ)
	c.Response().Header().Set("Content-Disposition", `attachment; filename="IVRE-dns.`+ext+`"`)
	w := &listWriter{c: c, out: bufio.NewWriterSize(c.Response(), outBuffer), frame: frame}
	dates := p.flag("datesasstrings")
	return w.run(s, func(ctx context.Context) error {
		return s.Names.Merged(ctx, r, func(x *dns.Pair) error {
			return w.item(func(b []byte) ([]byte, error) { return appendPair(b, x, dates), nil })
		})
	})
}

// mergedRequest reads q for scans and for passive records. What means nothing for one of them leaves all of its records.
func (s *Server) mergedRequest(c echo.Context) (r dns.MergedRequest, err error) {
	text := paramsOf(c).get("q", "")
	r.Scans, r.Passive = s.Scans != nil, s.Passive != nil
	r.Limit = int64(s.cfg.WebLimit)
	for _, of := range []struct {
		kind query.Database
		to   *tree.Cond
	}{{query.Scans, &r.Hosts}, {query.Passive, &r.Records}} {
		q, err := query.Parse(text, s.queryOptions(of.kind))
		if err != nil {
			return r, badRequest("%v", err)
		}
		base, err := s.baseFilter(c.Request(), of.kind)
		if err != nil {
			return r, err
		}
		*of.to = both(q.Filter, base)
		r.Skip = q.Skip
		if q.Limit != nil {
			r.Limit = *q.Limit
		}
	}
	if most := int64(s.cfg.WebMaxResults); most > 0 && (r.Limit == 0 || r.Limit > most) {
		r.Limit = most
	}
	return r, nil
}

// both is the condition that two hold, each of which may be nil.
func both(a, b tree.Cond) tree.Cond {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return tree.And{a, b}
}

func appendPair(b []byte, x *dns.Pair, dates bool) []byte {
	b = record.AppendString(append(b, `{"name": `...), x.Name)
	b = record.AppendString(append(b, `, "addr": `...), x.Target)
	b = appendTexts(append(b, `, "types": `...), x.Types)
	b = appendTexts(append(b, `, "sources": `...), x.Sources)
	b = appendMoment(append(b, `, "firstseen": `...), x.First, dates)
	b = appendMoment(append(b, `, "lastseen": `...), x.Last, dates)
	b = strconv.AppendUint(append(b, `, "count": `...), x.Count, 10)
	return append(b, '}')
}

func appendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = record.AppendString(b, s)
	}
	return append(b, ']')
}
