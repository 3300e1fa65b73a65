package httpapi

import "github.com/labstack/echo/v4"

func (s *Server) flowGraph(c echo.Context, q flowQuery) error {
	g, err := s.Flows.Graph(c.Request().Context(), q.Request, q.mode)
	if err != nil {
		return err
	}
	return answer(c, g)
}
