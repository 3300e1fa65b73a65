package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"ivre/cli/sqltext"
	"ivre/sql/store"
)

// sqlSession runs statements over the server's HTTP interface, which has all of ClickHouse's output
// formats; the native protocol leaves them to the client.
type sqlSession struct {
	db       *store.Store
	client   *http.Client
	format   string // of answers to statements that do not name one
	writable bool
}

func newSQLSession(db *store.Store, format string, writable bool) *sqlSession {
	// The embedded engine ends in order sooner when no connection is left open.
	return &sqlSession{db: db, format: format, writable: writable, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}}
}

func (s *sqlSession) close() { s.client.CloseIdleConnections() }

// run sends a statement and copies the answer to out as it arrives. When the context ends, the query is
// cancelled on the server.
func (s *sqlSession) run(ctx context.Context, st sqltext.Statement, body io.Reader, out io.Writer) error {
	format := s.format
	if st.Vertical {
		format = "Vertical"
	}
	id := uuid.NewString()
	req, err := s.request(ctx, id, format, st.Text, body)
	if err != nil {
		return err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return s.failed(ctx, id, err)
	}
	defer resp.Body.Close()
	var refusal boundedBuffer
	if resp.StatusCode != http.StatusOK {
		// A query that fails early has a fitting status, but may stand behind some of the answer still.
		out = &refusal
	}
	to := &watchedWriter{Writer: out}
	message, err := copyAnswer(to, resp.Body, resp.Header.Get("X-ClickHouse-Exception-Tag"))
	switch {
	case to.err != nil:
		return to.err
	case message != "":
		return s.serverError(message)
	case resp.StatusCode != http.StatusOK && refusal.Len() > 0:
		return s.serverError(refusal.String())
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the server answered %s", resp.Status)
	case errors.Is(err, io.ErrUnexpectedEOF) && ctx.Err() == nil:
		return errors.New("the server broke off its answer, which is not whole")
	case err != nil:
		return s.failed(ctx, id, err)
	}
	return nil
}

// watchedWriter remembers its own error, which is not one of the connection.
type watchedWriter struct {
	io.Writer
	err error
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		w.err = err
	}
	return n, err
}

func (s *sqlSession) request(ctx context.Context, id, format, statement string, body io.Reader) (*http.Request, error) {
	address, user, password := s.db.HTTPAddress()
	q := url.Values{}
	if !s.writable {
		// Nothing may be set under readonly, not even for a single query; what is set together with it, may.
		for name, value := range sqltext.Settings(statement) {
			q.Set(name, value)
		}
	}
	maps.Copy(q, url.Values{
		"database":                              {s.db.Database()},
		"default_format":                        {format},
		"query_id":                              {id},
		"http_write_exception_in_output_format": {"0"}, // copyAnswer looks for it behind the answer
	})
	if !s.writable {
		q.Set("readonly", "1")
		q.Set("cancel_http_readonly_queries_on_client_close", "1")
	}
	for _, name := range notSettings {
		q.Del(name)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"?"+q.Encode(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-ClickHouse-User", user)
	req.Header.Set("X-ClickHouse-Key", password)
	return req, nil
}

// notSettings are parameters of the HTTP interface that must not come from a SETTINGS clause.
var notSettings = []string{"query", "user", "password", "quota_key", "session_id", "session_timeout", "session_check", "role", "compress", "decompress", "buffer_size", "wait_end_of_query"}

// failed explains an error of the connection. If the context ended, the query is cancelled on the server.
func (s *sqlSession) failed(ctx context.Context, id string, err error) error {
	if ctx.Err() != nil {
		killing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		// An error means that it is over already, or that this user may not; closing the connection
		// has ended a reading query anyway.
		_ = s.db.Exec(killing, store.Statement{SQL: "KILL QUERY WHERE query_id = {id:String} ASYNC", Params: map[string]string{"id": id}})
		return ctx.Err()
	}
	var u *url.Error // its text would show the whole address
	if errors.As(err, &u) {
		err = u.Err
	}
	address, _, _ := s.db.HTTPAddress()
	return fmt.Errorf("the HTTP interface of the server, %s: %w (--db takes http_port=N if it is another port)", address, err)
}

// boundedBuffer keeps the first maxMessage bytes of what is written to it.
type boundedBuffer struct{ bytes.Buffer }

func (b *boundedBuffer) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), maxMessage-b.Len())])
	return len(p), nil
}

// maxMessage bounds how much of an error message is read, in bytes.
const maxMessage = 64 << 10

var (
	errorForm      = regexp.MustCompile(`(?s)^Code: (\d+)\. DB::Exception: (.*?)\s*(?:\((\w+)\))?\s*(?:\(version [^)]*(?:\([^)]*\))?\))?\s*$`)
	codeReadOnly   = "164"
	readOnlyAdvice = " (what changes something needs --write)"
)

// serverError makes an error of a message in ClickHouse's form.
func (s *sqlSession) serverError(message string) error {
	m := errorForm.FindStringSubmatch(strings.TrimSpace(message))
	if m == nil {
		return fmt.Errorf("the server answered: %s", strings.TrimSpace(message))
	}
	_, user, _ := s.db.HTTPAddress()
	text := strings.TrimPrefix(strings.TrimRight(m[2], "."), user+": ")
	text = fmt.Sprintf("%s (%s, code %s)", text, m[3], m[1])
	if m[1] == codeReadOnly && !s.writable {
		text += readOnlyAdvice
	}
	return errors.New(text)
}

// copyAnswer copies the body of an answer. A query that fails half-way is told from one that ends by the
// message that the server writes behind the answer, between marks with the tag of the answer's header:
// such a message is returned and not copied.
func copyAnswer(out io.Writer, body io.Reader, tag string) (message string, err error) {
	mark := []byte("\r\n__exception__\r\n" + tag + "\r\n")
	if tag == "" {
		_, err := io.Copy(out, body)
		return "", err
	}
	buf := make([]byte, 0, 64<<10)
	for {
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if at := bytes.Index(buf, mark); at >= 0 {
			if _, err := out.Write(buf[:at]); err != nil {
				return "", err
			}
			rest, _ := io.ReadAll(io.LimitReader(body, maxMessage)) // the server breaks off behind it
			return cutMessage(string(buf[at+len(mark):])+string(rest), tag), nil
		}
		// What may be the beginning of the mark waits for the next piece.
		keep := 0
		if err == nil {
			keep = markPrefix(buf, mark)
		}
		if _, werr := out.Write(buf[:len(buf)-keep]); werr != nil {
			return "", werr
		}
		buf = buf[:copy(buf, buf[len(buf)-keep:])]
		if err == io.EOF {
			return "", nil
		}
		if err != nil {
			return "", err
		}
	}
}

// markPrefix is the length of the longest end of b that mark begins with.
func markPrefix(b, mark []byte) int {
	for n := min(len(b), len(mark)-1); n > 0; n-- {
		if bytes.HasPrefix(mark, b[len(b)-n:]) {
			return n
		}
	}
	return 0
}

// cutMessage removes what stands behind the message: its length, the tag and the closing mark.
func cutMessage(text, tag string) string {
	if at := strings.LastIndex(text, " "+tag); at >= 0 {
		text = strings.TrimRight(text[:at], "0123456789")
	}
	return strings.TrimSpace(text)
}
