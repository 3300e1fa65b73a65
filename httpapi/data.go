package httpapi

import (
	"bufio"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"ivre/ingest/addrrange"
	"ivre/ingest/ipdata"
)

// dataRoutes are the questions about addresses themselves.
func (s *Server) dataRoutes() []route {
	return []route{{path: "/ipdata/*", get: s.addressData}, {path: "/iprange", get: s.addressRanges}}
}

// addressData answers with what is known of an address.
func (s *Server) addressData(c echo.Context) error {
	text, err := rest(c)
	if err != nil {
		return err
	}
	a, err := addrrange.ParseAddrOrInt(text)
	if err != nil {
		return badRequest("%v", err)
	}
	infos := s.Data.Lookup(a)
	return c.Blob(http.StatusOK, "application/json", append(infos.Append(make([]byte, 0, 512)), '\n'))
}

// addressRanges answers with ranges of addresses.
func (s *Server) addressRanges(c echo.Context) error {
	p := paramsOf(c)
	r, err := addrrange.ParseRequest(func(name string) string { return p[name] })
	if err != nil {
		return badRequest("ERROR: %v", err)
	}
	ranges, err := s.Data.Select(r.Selector)
	if err != nil {
		if errors.Is(err, ipdata.ErrNoData) {
			return badRequest("ERROR: %v", err)
		}
		return err
	}
	c.Response().Header().Set("Content-Type", "application/json")
	out := bufio.NewWriterSize(c.Response(), outBuffer)
	err = addrrange.WriteJSON(c.Request().Context(), out, ranges, addrrange.Options{Output: r.Output, Limit: r.Limit, Cap: uint64(s.cfg.WebIPRangeAddrCap)})
	var cap *addrrange.CapError
	if errors.As(err, &cap) {
		return badRequest("ERROR: %v", err)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}
