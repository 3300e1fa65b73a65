package httpapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ivre/httpapi/hostbody"
	record "ivre/ingest/host"
	"ivre/sql/hosts"
	"ivre/sql/query"
	"ivre/sql/tree"
)

// hostRoutes answers the questions about one kind of host records.
type hostRoutes struct {
	*Server
	db     *hosts.Client
	kind   query.Database
	prefix string // of the paths
	module string
}

func (h *hostRoutes) routes() []route {
	get := func(path string, f echo.HandlerFunc) route {
		return route{path: h.prefix + path, module: h.module, get: f}
	}
	list := get("", h.list)
	list.post = h.upload
	return []route{
		list, get("/count", h.count), get("/onlyips", h.onlyIPs), get("/ipsports", h.ipsPorts), get("/timeline", h.timeline),
		get("/coordinates", h.coordinates), get("/countopenports", h.countOpenPorts), get("/diffcats", h.diffCats),
		get("/top/*", h.top), get("/distinct/*", h.distinct),
	}
}

// queryOptions are the settings that words of the query language depend on.
func (s *Server) queryOptions(db query.Database) query.Options {
	return query.Options{
		DB: db, RegexMaxLength: s.cfg.WebRegexMaxLength, RegexStarriness: s.cfg.WebRegexStarriness, Now: time.Now(),
	}
}

// parse reads q and f.
func (h *hostRoutes) parse(c echo.Context) (query.Query, error) {
	p := paramsOf(c)
	opt := h.queryOptions(h.kind)
	q, err := query.Parse(p.get("q", ""), opt)
	if err != nil {
		return q, badRequest("%v", err)
	}
	f, err := query.ParseJSON([]byte(p.get("f", "{}")), opt)
	if err != nil {
		return q, badRequest("%v", err)
	}
	base, err := h.baseFilter(c.Request(), h.kind)
	if err != nil {
		return q, err
	}
	all := tree.And{f}
	if base != nil {
		all = append(all, base)
	}
	if q.Filter != nil {
		all = append(all, q.Filter)
	}
	q.Filter = tree.Simplify(all)
	if len(q.Unused) > 0 {
		s := ""
		if len(q.Unused) > 1 {
			s = "s"
		}
		h.Log.Warn("Option"+s+" not understood: "+strings.Join(q.Unused, ", "), "path", c.Request().URL.Path)
	}
	return q, nil
}

// request turns a query into a selection of records, with the limits that apply to lists.
func (h *hostRoutes) request(q query.Query) hosts.Request {
	r := hosts.Request{Cond: q.Filter, Skip: q.Skip, Limit: int64(h.cfg.WebLimit)}
	if q.Limit != nil {
		r.Limit = *q.Limit
	}
	if most := int64(h.cfg.WebMaxResults); most > 0 && (r.Limit == 0 || r.Limit > most) {
		r.Limit = most
	}
	for _, s := range q.Sort {
		r.Sort = append(r.Sort, hosts.Sort{Field: s.Field, Desc: s.Desc})
	}
	return r
}

// format of an answer
type format uint8

const (
	formatJSON format = iota
	formatNDJSON
	formatText
)

// begin sets the headers that all answers of these routes have.
func begin(c echo.Context) format {
	var f format
	typ, ext := "application/json", "json"
	switch paramsOf(c).get("format", "") {
	case "", "json":
	case "ndjson":
		f, typ, ext = formatNDJSON, "application/x-ndjson", "ndjson"
	default:
		f, typ, ext = formatText, "text/plain", "txt"
	}
	c.Response().Header().Set("Content-Type", typ)
	disposition(c, ext)
	return f
}

// list answers with records.
func (h *hostRoutes) list(c echo.Context) error {
	q, err := h.parse(c)
	if err != nil {
		return err
	}
	p := paramsOf(c)
	style := hostbody.Style{
		Fields: hostbody.FieldPaths(q.Fields), DatesAsStrings: p.flag("datesasstrings"), IPsAsNumbers: p.flag("ipsasnumbers"), Manuf: h.Manuf,
	}
	w := newListWriter(c, framing{open: "[\n", first: "\t", between: ",\n\t", close: "\n]\n"})
	return w.run(h.Server, func(ctx context.Context) error {
		return h.db.Each(ctx, h.request(q), func(stored string) error {
			return w.item(func(b []byte) ([]byte, error) { return style.Append(b, stored) })
		})
	})
}

// count answers with the number of records.
func (h *hostRoutes) count(c echo.Context) error {
	q, err := h.parse(c)
	if err != nil {
		return err
	}
	return h.limited(c, func(ctx context.Context) error {
		n, err := h.db.Count(ctx, q.Filter)
		if err != nil {
			return err
		}
		begin(c)
		return c.Blob(http.StatusOK, c.Response().Header().Get("Content-Type"), append(strconv.AppendUint(nil, n, 10), '\n'))
	})
}

// framing is what stands around and between the items of a list in JSON.
type framing struct{ open, first, between, last, close string }

// actionFraming is that of the special lists; last only stands after items.
var actionFraming = framing{open: "[\n", between: ",\n", last: "\n", close: "]\n\n"}

// valueFraming is that of top and distinct values.
var valueFraming = framing{open: "[\n", between: ",\n", close: "\n]\n"}

// listWriter writes a list item by item.
type listWriter struct {
	c      echo.Context
	out    *bufio.Writer
	frame  framing
	format format
	items  int
	buf    []byte
	pause  func(func() error) error // stops the clock of the query while an item is written
}

func newListWriter(c echo.Context, frame framing) *listWriter {
	f := begin(c)
	if f != formatJSON {
		frame = framing{between: "\n", last: "\n"}
	}
	return &listWriter{c: c, out: bufio.NewWriterSize(c.Response(), outBuffer), frame: frame, format: f}
}

// item writes what f appends.
func (w *listWriter) item(f func([]byte) ([]byte, error)) error {
	return w.pause(func() error {
		if w.items == 0 {
			w.buf = append(append(w.buf[:0], w.frame.open...), w.frame.first...)
		} else {
			w.buf = append(w.buf[:0], w.frame.between...)
		}
		w.items++
		var err error
		if w.buf, err = f(w.buf); err != nil {
			return err
		}
		_, err = w.out.Write(w.buf)
		return err
	})
}

func (w *listWriter) end() error {
	if w.items == 0 {
		w.out.WriteString(w.frame.open)
	} else {
		w.out.WriteString(w.frame.last)
	}
	w.out.WriteString(w.frame.close)
	return w.out.Flush()
}

// run has query write the items.
func (w *listWriter) run(s *Server, query func(context.Context) error) error {
	err := s.paced(w.c.Request(), func(ctx context.Context, write func(func() error) error) error {
		w.pause = write
		return query(ctx)
	})
	switch {
	case errors.Is(err, errHeadersOnly):
		w.c.Response().WriteHeader(http.StatusOK)
		return nil
	case err != nil:
		return err
	}
	return w.end()
}

// address appends an address as the request wants it.
func address(b []byte, a netip.Addr, f format, numbers bool) []byte {
	if numbers {
		return append(b, hostbody.AddressNumber(a)...)
	}
	quote := byte('"')
	if f == formatText {
		quote = '\''
	}
	b = append(b, quote)
	b = a.AppendTo(b)
	return append(b, quote)
}

// text appends a text that comes from a report, in the notation of the format.
func text(b []byte, s string, f format) []byte {
	if f == formatText {
		return append(append(append(b, '\''), s...), '\'')
	}
	return record.AppendString(b, s)
}

// action writes a special list: all records, whatever limit q sets.
func (h *hostRoutes) action(c echo.Context, frame framing, query func(ctx context.Context, q query.Query, w *listWriter, numbers bool) error) error {
	q, err := h.parse(c)
	if err != nil {
		return err
	}
	w := newListWriter(c, frame)
	numbers := paramsOf(c).flag("ipsasnumbers")
	return w.run(h.Server, func(ctx context.Context) error { return query(ctx, q, w, numbers) })
}

func (h *hostRoutes) onlyIPs(c echo.Context) error {
	return h.action(c, actionFraming, func(ctx context.Context, q query.Query, w *listWriter, numbers bool) error {
		return h.db.Addresses(ctx, q.Filter, func(a netip.Addr) error {
			return w.item(func(b []byte) ([]byte, error) {
				if w.format == formatText && !numbers {
					return a.AppendTo(b), nil
				}
				return address(b, a, w.format, numbers), nil
			})
		})
	})
}

func (h *hostRoutes) ipsPorts(c echo.Context) error {
	return h.action(c, actionFraming, func(ctx context.Context, q query.Query, w *listWriter, numbers bool) error {
		return h.db.Ports(ctx, q.Filter, func(a netip.Addr, ports []hosts.PortState) error {
			return w.item(func(b []byte) ([]byte, error) {
				b = append(address(append(b, '['), a, w.format, numbers), ", ["...)
				for i, p := range ports {
					if i > 0 {
						b = append(b, ", "...)
					}
					b = strconv.AppendInt(append(b, '['), int64(p.Port), 10)
					b = append(text(append(b, ", "...), p.State, w.format), ']')
				}
				return append(b, "]]"...), nil
			})
		})
	})
}

func (h *hostRoutes) timeline(c echo.Context) error {
	modulo := int64(0)
	if m, ok := paramsOf(c)["modulo"]; ok && m != "" {
		n, err := strconv.ParseInt(m, 10, 64)
		if err != nil || n <= 0 {
			return badRequest("modulo: %q is not a positive number of seconds", m)
		}
		modulo = n
	}
	return h.action(c, actionFraming, func(ctx context.Context, q query.Query, w *listWriter, numbers bool) error {
		return h.db.OpenPorts(ctx, q.Filter, func(start time.Time, a netip.Addr, open uint32) error {
			if start.IsZero() { // nobody knows when the host was scanned
				return nil
			}
			return w.item(func(b []byte) ([]byte, error) {
				at := start.Unix()
				if modulo > 0 {
					at = (at%modulo + modulo) % modulo
				}
				b = append(strconv.AppendInt(append(b, '['), at, 10), ", "...)
				b = append(address(b, a, w.format, numbers), ", "...)
				return append(strconv.AppendUint(b, uint64(open), 10), ']'), nil
			})
		})
	})
}

func (h *hostRoutes) countOpenPorts(c echo.Context) error {
	return h.action(c, actionFraming, func(ctx context.Context, q query.Query, w *listWriter, numbers bool) error {
		return h.db.OpenPorts(ctx, q.Filter, func(_ time.Time, a netip.Addr, open uint32) error {
			return w.item(func(b []byte) ([]byte, error) {
				b = append(address(append(b, '['), a, w.format, numbers), ", "...)
				return append(strconv.AppendUint(b, uint64(open), 10), ']'), nil
			})
		})
	})
}

func (h *hostRoutes) coordinates(c echo.Context) error {
	frame := framing{open: `{"type": "GeometryCollection", "geometries": [` + "\n", between: ",\n", last: "\n", close: "]}\n\n"}
	return h.action(c, frame, func(ctx context.Context, q query.Query, w *listWriter, _ bool) error {
		return h.db.Positions(ctx, q.Filter, func(p hosts.Position) error {
			return w.item(func(b []byte) ([]byte, error) {
				return fmt.Appendf(b, `{"type": "Point", "coordinates": [%s, %s], "properties": {"count": %d}}`,
					decimal(p.Longitude), decimal(p.Latitude), p.Count), nil
			})
		})
	})
}

// decimal writes a floating-point number as JSON of this API has them: with a fraction, even if it is zero.
func decimal(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func (h *hostRoutes) diffCats(c echo.Context) error {
	p := paramsOf(c)
	cat1, cat2 := p["cat1"], p["cat2"]
	if cat1 == "" || cat2 == "" {
		return badRequest("diffcats needs the parameters cat1 and cat2, the categories to compare")
	}
	return h.action(c, actionFraming, func(ctx context.Context, q query.Query, w *listWriter, numbers bool) error {
		var current netip.Addr
		var pending []byte
		flush := func() error {
			if pending == nil {
				return nil
			}
			return w.item(func(b []byte) ([]byte, error) { return append(append(b, pending...), "]]"...), nil })
		}
		err := h.db.DiffCategories(ctx, cat1, cat2, q.Filter, p.flag("onlydiff"), func(ch hosts.PortChange) error {
			if pending != nil && ch.Addr == current {
				pending = append(pending, ", "...)
			} else {
				if err := flush(); err != nil {
					return err
				}
				current = ch.Addr
				pending = append(address([]byte{'['}, ch.Addr, w.format, numbers), ", ["...)
			}
			pending = fmt.Appendf(pending, "[%d, %d]", ch.Port, ch.Value)
			return nil
		})
		if err != nil {
			return err
		}
		return flush()
	})
}
