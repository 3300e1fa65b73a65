package httpapi

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"ivre/httpapi/wire"
)

// getConfig writes the settings that web pages need, as a script that sets members of an object
// "config" which the page has made.
func (s *Server) getConfig(c echo.Context) error {
	var notesBase any
	if s.cfg.WebNotesBase != "" {
		notesBase = s.cfg.WebNotesBase
	}
	var b bytes.Buffer
	for _, line := range []struct {
		name  string
		value any
	}{
		{"notesbase", notesBase},
		{"dflt_limit", s.cfg.WebLimit},
		{"warn_dots_count", s.cfg.WebWarnDotsCount},
		{"uploadok", s.cfg.WebUploadOK},
		{"flow_time_precision", s.cfg.FlowTimePrecision},
		{"version", s.Version},
		{"auth_enabled", false},
		{"sequential_loading", s.cfg.WebSequentialLoading},
		{"modules", s.exposedModules()},
	} {
		value, err := wire.Marshal(line.value)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "config.%s = %s;\n", line.name, value)
	}
	return c.Blob(http.StatusOK, "application/javascript", b.Bytes())
}
