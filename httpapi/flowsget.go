package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"ivre/httpapi/wire"
	"ivre/sql/flowfilter"
)

// getFlows answers questions about flows: how many there are, their graph, or details of a host or flow.
func (s *Server) getFlows(c echo.Context) error {
	p := paramsOf(c)
	o, err := decodeObject(p.get("q", "{}"))
	if err != nil {
		return err
	}
	if p.get("action", "") == "details" {
		return s.flowDetails(c, o)
	}
	q, err := parseFlowQuery(o, s.cfg.WebGraphLimit)
	if err != nil {
		return err
	}
	if q.Cond, err = flowfilter.Parse(q.nodes, q.edges); err != nil {
		return badRequest("%v", err)
	}
	if q.count {
		ctx, cancel := s.limited(c.Request().Context())
		defer cancel()
		n, err := s.Flows.Count(ctx, q.Request)
		if err != nil {
			return err
		}
		return answer(c, n)
	}
	return s.flowGraph(c, q)
}

// flowDetails answers action=details.
func (s *Server) flowDetails(c echo.Context, o *object) error {
	kind, id := o.required("type"), o.required("id")
	if o.err != nil {
		return o.err
	}
	ctx, cancel := s.limited(c.Request().Context())
	defer cancel()
	if kind == "node" {
		host, err := s.Flows.Host(ctx, id)
		if err != nil {
			return err
		}
		return answer(c, host)
	}
	edge, err := s.Flows.Flow(ctx, id)
	if err != nil {
		return err
	}
	return answer(c, edge)
}

// limited bounds the time that a query may take.
func (s *Server) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.cfg.QueryTimeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, time.Now().Add(s.cfg.QueryTimeout), errTimeLimit)
}

// answer sends one JSON value.
func answer(c echo.Context, v any) error {
	body, err := wire.Marshal(v)
	if err != nil {
		return err
	}
	disposition(c)
	return c.Blob(http.StatusOK, "application/json", append(body, '\n'))
}

// disposition makes browsers save an answer, as clients of this API have always been told to, unless the
// request is for something to look at (show=1).
func disposition(c echo.Context) {
	how := "attachment"
	if paramsOf(c).flag("show") {
		how = "inline"
	}
	c.Response().Header().Set("Content-Disposition", how+`; filename="IVRE-results.json"`)
}
