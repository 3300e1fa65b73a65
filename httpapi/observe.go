package httpapi

import (
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// ServeHTTP answers a request: it sets the headers that every answer has, limits how long a client may
// be silent, and keeps record.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	s.metrics.inFlight.Inc()
	rec := newRecorder(w, s.silence)
	if r.Body != nil && r.Body != http.NoBody {
		// In a copy: the server looks at the body of its own request to decide whether to read the rest.
		r = r.WithContext(r.Context())
		r.Body = newPatientBody(r.Body, rec.deadlines)
	}
	setSecurityHeaders(w.Header(), r.URL.Path)
	defer func() {
		fault := recover()
		s.metrics.inFlight.Dec()
		if fault != nil && fault != http.ErrAbortHandler {
			s.Log.Error("fault in the program", "path", r.URL.Path, "fault", fault, "stack", string(debug.Stack()))
			if rec.status == 0 {
				s.writeError(rec, r, internal())
				fault = nil
			}
		}
		took := time.Since(start)
		s.metrics.done(routeLabel(r.URL.Path, rec.status), r.Method, rec.final(), took)
		s.logRequest(r, rec, took, fault != nil)
		rec.extend()
		if fault != nil {
			panic(http.ErrAbortHandler)
		}
	}()
	s.handler.ServeHTTP(rec, r)
}

// setSecurityHeaders keeps browsers from guessing types and from showing pages in frames of other sites.
// The documentation is shown in a frame by the web interface.
func setSecurityHeaders(h http.Header, path string) {
	h.Set("X-Content-Type-Options", "nosniff")
	if !strings.HasPrefix(path, "/doc/") {
		h.Set("X-Frame-Options", "DENY")
		h.Set("Content-Security-Policy", "frame-ancestors 'none'")
	}
}

// routeLabel groups paths for the metrics.
func routeLabel(path string, status int) string {
	switch {
	case status == http.StatusNotFound:
		return "unknown" // any text may be in the path
	case strings.HasPrefix(path, mount+"/"), path == "/metrics":
		return path
	}
	return "static"
}

func (s *Server) logRequest(r *http.Request, rec *recorder, took time.Duration, cut bool) {
	attrs := []slog.Attr{
		slog.String("client", s.client(r).String()), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", rec.final()), slog.Int64("bytes", rec.bytes), slog.Duration("took", took.Round(time.Microsecond)),
	}
	if cut {
		attrs = append(attrs, slog.Bool("cut", true))
	}
	if s.cfg.Debug { // filters tell what somebody looks for
		attrs = append(attrs, slog.String("query", r.URL.RawQuery), slog.String("referer", r.Header.Get("Referer")))
	}
	s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}

// maxSilence is how long a client may take to send or accept some bytes.
const maxSilence = time.Minute

// deadlines moves the deadlines of a connection on.
type deadlines struct {
	control *http.ResponseController
	silence time.Duration
}

// Deadlines are not there with every server (tests); then there is nothing to do.
func (d deadlines) read(at time.Time)  { _ = d.control.SetReadDeadline(at) }
func (d deadlines) write(at time.Time) { _ = d.control.SetWriteDeadline(at) }

// due tells whether a deadline that was set is old enough to be set anew: not at every read or write.
func (d deadlines) due(set, now time.Time) bool { return now.Sub(set) > d.silence/64 }

// recorder notes what was answered. A client that accepts bytes now and then has all the time it
// needs; one that does not is dropped.
type recorder struct {
	http.ResponseWriter
	deadlines
	status   int
	bytes    int64
	extended time.Time
}

func newRecorder(w http.ResponseWriter, silence time.Duration) *recorder {
	rec := &recorder{ResponseWriter: w, deadlines: deadlines{http.NewResponseController(w), silence}}
	rec.extend()
	return rec
}

func (rec *recorder) extend() {
	if now := time.Now(); rec.due(rec.extended, now) {
		rec.extended = now
		rec.deadlines.write(now.Add(rec.silence))
	}
}

// final is the status that the client gets.
func (rec *recorder) final() int {
	if rec.status == 0 {
		return http.StatusOK
	}
	return rec.status
}

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= http.StatusOK {
		rec.status = status
	}
	rec.extend()
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	rec.extend()
	n, err := rec.ResponseWriter.Write(p)
	rec.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find the server's writer.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// patientBody is a request's body that may come slowly but not stop.
type patientBody struct {
	io.ReadCloser
	deadlines deadlines
	extended  time.Time
	ended     bool
}

func newPatientBody(body io.ReadCloser, d deadlines) *patientBody {
	now := time.Now()
	d.read(now.Add(d.silence)) // also for what the server reads of a body that nobody wanted
	return &patientBody{ReadCloser: body, deadlines: d, extended: now}
}

func (b *patientBody) Read(p []byte) (int, error) {
	if now := time.Now(); !b.ended && b.deadlines.due(b.extended, now) {
		b.extended = now
		b.deadlines.read(now.Add(b.deadlines.silence))
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil && !b.ended {
		// From here on the server reads, to notice when the client goes away: that may take any time.
		b.ended = true
		b.deadlines.read(time.Time{})
	}
	return n, err
}
