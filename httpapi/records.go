package httpapi

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ivre/httpapi/hostbody"
	record "ivre/ingest/host"
	"ivre/sql/ask"
	"ivre/sql/query"
	"ivre/sql/tree"
)

// records answers the questions that there are about records of any kind.
type records interface {
	Count(context.Context, tree.Cond) (uint64, error)
	Each(context.Context, ask.Request, func(record string) error) error
	Top(context.Context, ask.TopRequest, func(ask.Top) error) error
	Distinct(ctx context.Context, path string, r ask.Request, f func(record.Value) error) error
}

// recordRoutes answers them for one kind of records.
type recordRoutes struct {
	*Server
	records records
	kind    query.Database
	prefix  string // of the paths
	module  string
}

func (h *recordRoutes) get(path string, f echo.HandlerFunc) route {
	return route{path: h.prefix + path, module: h.module, get: f}
}

func (h *recordRoutes) routes() []route {
	return []route{h.get("", h.list), h.get("/count", h.count), h.get("/top/*", h.top), h.get("/distinct/*", h.distinct)}
}

// queryOptions are the settings that words of the query language depend on.
func (s *Server) queryOptions(db query.Database) query.Options {
	return query.Options{
		DB: db, RegexMaxLength: s.cfg.WebRegexMaxLength, RegexStarriness: s.cfg.WebRegexStarriness, Now: time.Now(),
	}
}

// parse reads q and f.
func (h *recordRoutes) parse(c echo.Context) (query.Query, error) {
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
func (h *recordRoutes) request(q query.Query) ask.Request {
	r := ask.Request{Cond: q.Filter, Skip: q.Skip, Limit: int64(h.cfg.WebLimit)}
	if q.Limit != nil {
		r.Limit = *q.Limit
	}
	if most := int64(h.cfg.WebMaxResults); most > 0 && (r.Limit == 0 || r.Limit > most) {
		r.Limit = most
	}
	for _, s := range q.Sort {
		r.Sort = append(r.Sort, ask.Sort{Field: s.Field, Desc: s.Desc})
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
func (h *recordRoutes) list(c echo.Context) error {
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
		return h.records.Each(ctx, h.request(q), func(stored string) error {
			return w.item(func(b []byte) ([]byte, error) { return style.Append(b, stored) })
		})
	})
}

// count answers with the number of records.
func (h *recordRoutes) count(c echo.Context) error {
	q, err := h.parse(c)
	if err != nil {
		return err
	}
	return h.limited(c, func(ctx context.Context) error {
		n, err := h.records.Count(ctx, q.Filter)
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
