package httpapi

import (
	"fmt"
	"net/http"
	"strings"

	"ivre/config"
	"ivre/sql/query"
	"ivre/sql/tree"
)

// checkBaseFilters finds base filters that cannot be read, so that the server does not start with them.
func checkBaseFilters(c *config.Config) error {
	for user, spec := range c.WebInitQueries {
		if _, err := query.Init(spec, query.Scans); err != nil {
			return fmt.Errorf("WEB_INIT_QUERIES: %q: %w", user, err)
		}
	}
	if c.WebDefaultInitQuery != "" {
		if _, err := query.Init(c.WebDefaultInitQuery, query.Scans); err != nil {
			return fmt.Errorf("WEB_DEFAULT_INIT_QUERY: %w", err)
		}
	}
	return nil
}

// user is who a request comes from, as a front end that is configured says; "" if nobody says.
func (s *Server) user(r *http.Request) string {
	if s.cfg.WebUserHeader == "" || !s.fromProxy(r) {
		return ""
	}
	return r.Header.Get(s.cfg.WebUserHeader)
}

// baseFilter is the condition on the records that the user may see; nil: all. The name counts, else what follows the
// first @ in it, else the default.
func (s *Server) baseFilter(r *http.Request, db query.Database) (tree.Cond, error) {
	spec := s.cfg.WebDefaultInitQuery
	if user := s.user(r); user != "" {
		if of, ok := s.cfg.WebInitQueries[user]; ok {
			spec = of
		} else if _, realm, ok := strings.Cut(user, "@"); ok {
			if of, ok := s.cfg.WebInitQueries["@"+realm]; ok {
				spec = of
			}
		}
	}
	if spec == "" {
		return nil, nil
	}
	cond, err := query.Init(spec, db)
	if err != nil { // of records without categories and sources
		return nil, badRequest("the base filter of this user does not apply here: %v", err)
	}
	return cond, nil
}
