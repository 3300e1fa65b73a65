package httpapi

import (
	"fmt"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"ivre/sql/store"
)

// sqlHeader asks for the statements that a request runs, and carries them in the answer, one each.
const sqlHeader = "X-SQL-Query"

// maxSQLHeader bounds what is said in a header: clients and front ends refuse answers with long ones.
const maxSQLHeader = 16 << 10

const paramsKey = "params"

// traced reads the parameters of a request, and makes the answer tell the statements that were run if
// the request asks for them.
func (s *Server) traced(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		p, err := parseParams(r.URL.RawQuery)
		if err != nil {
			return err
		}
		c.Set(paramsKey, p)
		if !p.flag("sql") && !isOn(r.Header.Get(sqlHeader)) {
			return next(c)
		}
		var mu sync.Mutex
		var statements []string
		ctx := store.WithTrace(r.Context(), func(st store.Statement) {
			mu.Lock()
			defer mu.Unlock()
			statements = append(statements, headerSafe(st.Inline()))
		})
		c.SetRequest(r.WithContext(ctx))
		c.Response().Before(func() {
			mu.Lock()
			defer mu.Unlock()
			for _, text := range statements {
				c.Response().Header().Add(sqlHeader, text)
			}
		})
		return next(c)
	}
}

// paramsOf returns the parameters of a request of a gated route.
func paramsOf(c echo.Context) params {
	p, _ := c.Get(paramsKey).(params)
	return p
}

// headerSafe brings a statement into one line of printable ASCII. Its line breaks are outside of literals
// (in these, Statement.Inline escapes them) and mean no more than a space; any other byte can only be in
// a literal, where ClickHouse reads \xNN as that byte.
func headerSafe(sql string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(sql); i++ {
		switch c := sql[i]; {
		case c == '\n' || c == '\r' || c == '\t':
			for i+1 < len(sql) && strings.IndexByte("\n\r\t ", sql[i+1]) >= 0 {
				i++
			}
			b.WriteByte(' ')
		case c < ' ' || c > '~':
			b.WriteString(`\x`)
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	if b.Len() > maxSQLHeader {
		return fmt.Sprintf("-- a statement of %d bytes, too long for a header", b.Len())
	}
	return strings.TrimSpace(b.String())
}
