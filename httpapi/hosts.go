package httpapi

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ivre/httpapi/hostbody"
	record "ivre/ingest/host"
	"ivre/sql/hosts"
	"ivre/sql/query"
)

// hostRoutes answers the questions about one kind of host records.
type hostRoutes struct {
	recordRoutes
	db    *hosts.Client
	store ScanSink
}

func newHostRoutes(s *Server, db *hosts.Client, store ScanSink, kind query.Database, prefix, module string) *hostRoutes {
	return &hostRoutes{recordRoutes{Server: s, records: db, kind: kind, prefix: prefix, module: module}, db, store}
}

func (h *hostRoutes) routes() []route {
	list := h.recordRoutes.routes()
	list[0].post = h.upload
	return append(list, h.get("/onlyips", h.onlyIPs), h.get("/ipsports", h.ipsPorts), h.get("/timeline", h.timeline),
		h.get("/coordinates", h.coordinates), h.get("/countopenports", h.countOpenPorts), h.get("/diffcats", h.diffCats))
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
