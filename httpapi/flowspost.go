package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"ivre/httpapi/flowbody"
	"ivre/ingest/flow"
)

// postFlows stores flow records. The body is read twice: first to check all of it, while a copy is made,
// then from the copy to store it. So nothing is stored of a bad list, however long it is, and no list
// has to fit in memory.
func (s *Server) postFlows(c echo.Context) error {
	r := c.Request()
	if err := s.checkBody(r); err != nil {
		return err
	}
	body := http.MaxBytesReader(c.Response(), r.Body, s.cfg.WebUploadMaxBytes)
	copied := &spool{}
	defer copied.close()
	n, err := flowbody.Read(io.TeeReader(body, copied), checkOnly{})
	if err != nil {
		return s.bodyError(r.Context(), err)
	}
	if n > 0 {
		err := s.Ingest(r.Context(), func(to flow.Sink) error {
			again, err := copied.reader()
			if err != nil {
				return err
			}
			_, err = flowbody.Read(again, to)
			return err
		})
		if err != nil {
			return fmt.Errorf("storing posted flows: %w", err)
		}
		s.metrics.uploaded.Add(float64(n))
		s.Log.Info("flows uploaded", "records", n, "client", s.client(r))
	}
	return c.Blob(http.StatusOK, "application/json", fmt.Appendf(nil, `{"count": %d}`, n))
}

// checkOnly is a sink for records that are only to be checked.
type checkOnly struct{}

func (checkOnly) Event(*flow.Event) error { return nil }
func (checkOnly) Meta(*flow.Meta) error   { return nil }

// checkBody refuses bodies that need not be read for that.
func (s *Server) checkBody(r *http.Request) error {
	if e := strings.ToLower(r.Header.Get("Content-Encoding")); e != "" && e != "identity" {
		return &apiError{status: http.StatusUnsupportedMediaType, style: errorText,
			message: fmt.Sprintf("the body must be plain JSON, without Content-Encoding (%q)", e)}
	}
	if r.ContentLength > s.cfg.WebUploadMaxBytes {
		return s.tooLarge()
	}
	return nil
}

func (s *Server) tooLarge() error {
	return &apiError{status: http.StatusRequestEntityTooLarge, style: errorText,
		message: fmt.Sprintf("the body is larger than %d bytes (WEB_UPLOAD_MAX_BYTES); send the records in several requests", s.cfg.WebUploadMaxBytes)}
}

// bodyError finds the answer to a body that could not be read.
func (s *Server) bodyError(ctx context.Context, err error) error {
	var wrong *flowbody.Error
	var large *http.MaxBytesError
	var copying *spoolError
	switch {
	case errors.As(err, &large):
		return s.tooLarge()
	case errors.As(err, &copying), ctx.Err() != nil:
		return err
	case errors.As(err, &wrong):
		return &apiError{status: http.StatusBadRequest, style: errorText, message: wrong.Error()}
	}
	// The connection broke, or chunks are not framed as they should be.
	return &apiError{status: http.StatusBadRequest, style: errorText, message: "the body could not be read to its end: " + err.Error()}
}

// postCleanup turns round flows whose client and server were swapped.
func (s *Server) postCleanup(c echo.Context) error {
	if err := s.Cleanup(c.Request().Context()); err != nil {
		return fmt.Errorf("cleaning up flows: %w", err)
	}
	s.Log.Info("flows cleaned up", "client", s.client(c.Request()))
	return c.Blob(http.StatusOK, "application/json", []byte(`{"status": "ok"}`))
}
