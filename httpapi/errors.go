package httpapi

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"sort"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/labstack/echo/v4"

	"ivre/httpapi/wire"
	"ivre/sql/flows"
	"ivre/sql/flowstore"
	"ivre/sql/hosts"
)

// apiError is an answer that is not a success.
type apiError struct {
	status  int
	message string
	style   errorStyle
}

func (e *apiError) Error() string { return e.message }

// errorStyle is how an error is written.
type errorStyle uint8

const (
	negotiated errorStyle = iota // JSON, or a page if the client prefers that
	plainJSON                    // JSON in any case
	errorText                    // "ERROR: message" and a line feed
)

func badRequest(format string, args ...any) error {
	return &apiError{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

// Codes of ClickHouse's exceptions.
const (
	codeTimeoutExceeded = 159
	codeTooSlow         = 160
	codeTooManyQueries  = 202
	codeMemoryLimit     = 241
	codeQueryCancelled  = 394
)

// errTimeLimit is the cause of the end of a context whose query took too long.
var errTimeLimit = errors.New("the database took too long")

// classify finds the answer for an error. Of internal faults the client learns nothing but that.
func (s *Server) classify(err error) *apiError {
	var known *apiError
	var input *hosts.InputError
	var ex *clickhouse.Exception
	var network *net.OpError
	var he *echo.HTTPError
	switch {
	case errors.As(err, &known):
		return known
	case flows.IsInputError(err), errors.As(err, &input):
		return &apiError{status: http.StatusBadRequest, message: err.Error()}
	case errors.Is(err, flows.ErrNotFound):
		return &apiError{status: http.StatusNotFound, message: "Entity not found"}
	case errors.Is(err, errTimeLimit), errors.Is(err, context.DeadlineExceeded):
		return s.tooLong()
	case errors.As(err, &ex):
		return s.classifyException(ex)
	case errors.Is(err, flowstore.ErrBusy):
		return &apiError{status: http.StatusServiceUnavailable, message: "Another process is changing stored flows. Try again later."}
	case errors.Is(err, clickhouse.ErrAcquireConnTimeout):
		return &apiError{status: http.StatusServiceUnavailable, message: "The database is busy. Try again later."}
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &apiError{status: http.StatusServiceUnavailable, message: "The database can't be reached. Try again later."}
	case errors.As(err, &he):
		return &apiError{status: he.Code, message: fmt.Sprint(he.Message)}
	}
	return internal()
}

func internal() *apiError {
	return &apiError{status: http.StatusInternalServerError, message: "Internal error. The server's log says more."}
}

func (s *Server) tooLong() *apiError {
	return &apiError{status: http.StatusGatewayTimeout, message: fmt.Sprintf(
		"The database did not answer within %v. Narrow the filter, set a limit, or raise QUERY_TIMEOUT_MS.", s.cfg.QueryTimeout)}
}

func (s *Server) classifyException(ex *clickhouse.Exception) *apiError {
	switch ex.Code {
	case codeTimeoutExceeded, codeTooSlow:
		return s.tooLong()
	case codeTooManyQueries:
		return &apiError{status: http.StatusServiceUnavailable, message: "The database is busy. Try again later."}
	case codeMemoryLimit:
		return &apiError{status: http.StatusServiceUnavailable, message: "The database does not have the memory for this query now. Narrow the filter, or try again later."}
	case codeQueryCancelled:
		return &apiError{status: http.StatusServiceUnavailable, message: "The query was cancelled in the database."}
	}
	return internal()
}

// handleError answers a request that failed. When a part of the answer is on its way already, it cuts
// the connection: the client must not take the part for the whole.
func (s *Server) handleError(err error, c echo.Context) {
	r := c.Request()
	if errors.Is(r.Context().Err(), context.Canceled) { // nobody is there to read the answer
		s.Log.Debug("client went away", "path", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
	if c.Response().Committed {
		s.Log.Error("answer cut short", "path", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
	e := s.classify(err)
	if e.status >= http.StatusInternalServerError {
		s.Log.Error("request failed", "path", r.URL.Path, "status", e.status, "error", err)
		if s.cfg.Debug {
			e = &apiError{status: e.status, message: err.Error()}
		}
	}
	if e.status == http.StatusMethodNotAllowed {
		h := c.Response().Header()
		h.Set(echo.HeaderAllow, allowed(h.Get(echo.HeaderAllow)))
	}
	if e.status == http.StatusNotFound && e.message == http.StatusText(http.StatusNotFound) {
		e = s.notFound(r)
	}
	s.writeError(c.Response(), r, e)
}

// allowed turns echo's list of a path's methods into the one that clients get: sorted, without HEAD
// (which goes with GET) and OPTIONS (which is not offered).
func allowed(list string) string {
	var methods []string
	for m := range strings.SplitSeq(list, ",") {
		if m = strings.TrimSpace(m); m != "" && m != http.MethodHead && m != http.MethodOptions {
			methods = append(methods, m)
		}
	}
	sort.Strings(methods)
	return strings.Join(methods, ",")
}

func (s *Server) notFound(r *http.Request) *apiError {
	return &apiError{status: http.StatusNotFound, message: fmt.Sprintf("Not found: '%s'", r.URL.Path)}
}

// writeError writes an error in its style.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, e *apiError) {
	h := w.Header()
	h.Del("Content-Disposition")
	if e.style == errorText {
		h.Set("Content-Type", "text/plain; charset=UTF-8")
		w.WriteHeader(e.status)
		fmt.Fprintf(w, "ERROR: %s\n", e.message)
		return
	}
	h.Add("Vary", "Accept")
	if e.style == negotiated && prefersHTML(r.Header.Get("Accept")) {
		h.Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(e.status)
		page := struct{ Title, URL, Message string }{
			fmt.Sprintf("Error: %d %s", e.status, http.StatusText(e.status)), r.URL.String(), e.message,
		}
		if err := errorPage.Execute(w, page); err != nil {
			s.Log.Debug("writing an error page", "error", err)
		}
		return
	}
	body, err := wire.Marshal(map[string]string{"error": e.message})
	if err != nil {
		body = []byte(`{"error": "Internal error."}`)
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(e.status)
	if _, err := w.Write(body); err != nil {
		s.Log.Debug("writing an error", "error", err)
	}
}

var errorPage = template.Must(template.New("error").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body>
<h1>{{.Title}}</h1>
<p>The requested URL <code>{{.URL}}</code> caused an error:</p>
<pre>{{.Message}}</pre>
</body>
</html>
`))
