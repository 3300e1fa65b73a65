package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"

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
		return s.limited(c, func(ctx context.Context) error {
			n, err := s.Flows.Count(ctx, q.Request)
			if err != nil {
				return err
			}
			return answer(c, n)
		})
	}
	return s.flowGraph(c, q)
}

// flowDetails answers action=details.
func (s *Server) flowDetails(c echo.Context, o *object) error {
	kind, id := o.required("type"), o.required("id")
	if o.err != nil {
		return o.err
	}
	return s.limited(c, func(ctx context.Context) error {
		var found any
		var err error
		if kind == "node" {
			found, err = s.Flows.Host(ctx, id)
		} else {
			found, err = s.Flows.Flow(ctx, id)
		}
		if err != nil {
			return err
		}
		return answer(c, found)
	})
}

// limited runs f, which asks the database and answers, within the time that a query may take.
func (s *Server) limited(c echo.Context, f func(context.Context) error) error {
	ctx := c.Request().Context()
	if s.cfg.QueryTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.cfg.QueryTimeout, errTimeLimit)
		defer cancel()
	}
	return withCause(ctx, f(ctx))
}

// withCause makes an error tell that it comes from the end of a context, whatever it says itself.
func withCause(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errTimeLimit) {
		return fmt.Errorf("%w: %w", errTimeLimit, err)
	}
	return err
}

// answer sends one JSON value.
func answer(c echo.Context, v any) error {
	body, err := wire.Marshal(v)
	if err != nil {
		return err
	}
	disposition(c, "json")
	return c.Blob(http.StatusOK, "application/json", append(body, '\n'))
}

// disposition makes browsers save an answer, as clients of this API have always been told to, unless the
// request is for something to look at (show=1).
func disposition(c echo.Context, extension string) {
	how := "attachment"
	if paramsOf(c).flag("show") {
		how = "inline"
	}
	c.Response().Header().Set("Content-Disposition", how+`; filename="IVRE-results.`+extension+`"`)
}
