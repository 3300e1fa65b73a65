package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ivre/config"
)

// Modules of the web interface, in the order in which they are listed.
const (
	moduleView    = "view"
	moduleActive  = "active"
	modulePassive = "passive"
	moduleDNS     = "dns"
	moduleRIR     = "rir"
	moduleFlow    = "flow"
	moduleNotes   = "notes"
)

// modules lists all modules in their order.
var modules = []string{moduleView, moduleActive, modulePassive, moduleDNS, moduleRIR, moduleFlow, moduleNotes}

// has tells whether this server has what a module is about.
func (s *Server) has(module string) bool {
	switch module {
	case moduleView:
		return s.View != nil
	case moduleActive:
		return s.Scans != nil
	case moduleRIR:
		return s.RIR != nil
	case modulePassive:
		return s.Passive != nil
	case moduleDNS:
		return s.Names != nil
	case moduleFlow:
		return true
	}
	return false
}

// exposedModules lists the modules that requests may use.
func (s *Server) exposedModules() []string {
	names := []string{}
	for _, m := range modules {
		if s.has(m) && (s.cfg.WebModules == nil || slices.Contains(s.cfg.WebModules, m)) {
			names = append(names, m)
		}
	}
	return names
}

// gated puts the gates before a handler, in the order in which they apply: the first that is shut
// decides about the answer. It also sets what all answers of a route have in common.
func (s *Server) gated(r route, upload bool, h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.checkReferer(c.Request()); err != nil {
			return err
		}
		if upload && !s.cfg.WebUploadOK {
			return &apiError{status: http.StatusForbidden, style: plainJSON,
				message: "Uploads are disabled. Set WEB_UPLOAD_OK to True in the configuration to allow them."}
		}
		if r.module != "" && !slices.Contains(s.exposedModules(), r.module) {
			return &apiError{status: http.StatusNotFound, message: fmt.Sprintf("Module '%s' is not exposed by this server.", r.module)}
		}
		return s.traced(h)(c)
	}
}

// checkReferer refuses requests that the page of another site may have caused. What sends an API key
// is no browser that was led astray, whether or not the key is good.
func (s *Server) checkReferer(r *http.Request) error {
	mode := s.cfg.WebAllowedReferers.Mode
	if mode == config.AnyReferer || hasAPIKey(r.Header) {
		return nil
	}
	referer := r.Header.Get("Referer")
	ok := false
	switch {
	case referer == "":
	case mode == config.Listed:
		ok = slices.Contains(s.cfg.WebAllowedReferers.URLs, referer)
	default:
		ok = strings.HasPrefix(referer, s.origin(r)+"/")
	}
	if ok {
		return nil
	}
	s.Log.Warn("request refused: invalid Referer header", "referer", referer, "expected", s.origin(r)+"/", "client", s.client(r), "path", r.URL.Path)
	return &apiError{status: http.StatusBadRequest, style: plainJSON, message: "Invalid Referer header. Check your configuration."}
}

// hasAPIKey tells whether a request carries the header of an API key.
func hasAPIKey(h http.Header) bool {
	if h.Get("X-API-Key") != "" {
		return true
	}
	parts := strings.Fields(h.Get("Authorization"))
	return len(parts) == 2 && strings.EqualFold(parts[0], "bearer")
}
