package httpapi

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	record "ivre/ingest/host"
	"ivre/sql/ask"
)

// defaultTop is how many values a top has when the request does not say.
const defaultTop = 15

// rest is the part of the path that stands for *, decoded.
func rest(c echo.Context) (string, error) {
	s := c.Param("*")
	if c.Request().URL.RawPath != "" { // what echo goes by if the path has escapes that matter
		var err error
		if s, err = url.PathUnescape(s); err != nil {
			return "", badRequest("the path is not percent-encoded as it should be: %v", err)
		}
	}
	if s == "" {
		return "", echo.ErrNotFound
	}
	return s, nil
}

// parseTop reads [-]FIELD[:N].
func parseTop(s string) (r ask.TopRequest, err error) {
	r.Limit = defaultTop
	s, r.Least = ask.TopField(s)
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		if n, ok := integer(s[i+1:]); ok {
			if n < 0 {
				return r, badRequest("top: %d is not a number of values", n)
			}
			r.Limit, s = n, s[:i]
		}
	}
	r.Field = s
	return r, nil
}

// integer reads an integer as Python does: with blanks around it, a sign, single underscores between digits.
func integer(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 10, 64)
	return n, err == nil
}

// top answers with the most frequent values of a field.
func (h *recordRoutes) top(c echo.Context) error {
	field, err := rest(c)
	if err != nil {
		return err
	}
	r, err := parseTop(field)
	if err != nil {
		return err
	}
	q, err := h.parse(c)
	if err != nil {
		return err
	}
	r.Cond = q.Filter
	w := newListWriter(c, valueFraming)
	w.textIsJSON(valueFraming)
	return w.run(h.Server, func(ctx context.Context) error {
		return h.records.Top(ctx, r, func(t ask.Top) error {
			return w.item(func(b []byte) ([]byte, error) {
				b = record.AppendValue(append(b, `{"label": `...), t.Label)
				b = strconv.AppendUint(append(b, `, "value": `...), t.Count, 10)
				return append(b, '}'), nil
			})
		})
	})
}

// distinct answers with the different values of a path.
func (h *recordRoutes) distinct(c echo.Context) error {
	field, err := rest(c)
	if err != nil {
		return err
	}
	q, err := h.parse(c)
	if err != nil {
		return err
	}
	w := newListWriter(c, valueFraming)
	w.textIsJSON(valueFraming)
	return w.run(h.Server, func(ctx context.Context) error {
		return h.records.Distinct(ctx, field, h.request(q), func(v record.Value) error {
			return w.item(func(b []byte) ([]byte, error) { return record.AppendValue(b, v), nil })
		})
	})
}

// textIsJSON makes the plain text form of a list the same as the JSON one.
func (w *listWriter) textIsJSON(frame framing) {
	if w.format == formatText {
		w.frame = frame
	}
}
