package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"ivre/httpapi"
	"ivre/ingest/flow"
	"ivre/sql/store"
)

func (d database) rows(t testing.TB) uint64 {
	t.Helper()
	var n uint64
	err := d.db.QueryRow(context.Background(), store.Statement{SQL: "SELECT (SELECT count() FROM flow_events) + (SELECT count() FROM flow_metadata_events) + (SELECT count() FROM loads)"}).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func tcp(i int) string {
	return fmt.Sprintf(`{"kind": "flow", "rec": {"src": "192.0.2.%d", "dst": "198.51.100.%d", "proto": "tcp", "sport": %d, "dport": 443,
		"start_time": %d.5, "end_time": %d, "cspkts": 1, "scpkts": 2, "csbytes": 3, "scbytes": 4}}`, i%250, i/250%250, 1024+i%60000, 1767322800+i, 1767322810+i)
}

// TestPostAllOrNothing has one bad record among many, at the end.
func TestPostAllOrNothing(t *testing.T) {
	d := newDatabase(t, nil)
	good := make([]string, 3000) // more than is kept in memory
	for i := range good {
		good[i] = tcp(i)
	}
	tests := []struct{ name, body, want string }{
		{"missing", records(append(good, `{"kind": "flow", "rec": {"src": "192.0.2.1"}}`)...), "ERROR: records[3000]: 'start_time' is missing\n"},
		{"unknown name", records(append(good, `{"kind": "any", "name": "quic", "rec": {}}`)...), "ERROR: records[3000]: nothing is known of logs named 'quic'\n"},
		{"kind", records(append(good, `{"kind": "x", "rec": {}}`)...), "ERROR: unknown record kind 'x'\n"},
		{"not an object", records(append(good, `[]`)...), "ERROR: each record must be an object\n"},
		{"cut", strings.TrimSuffix(records(good...), "]}"), "ERROR: invalid JSON body: it ends early, after "},
		{"not JSON", "nope", "ERROR: invalid JSON body: "},
		{"empty", "", "ERROR: invalid JSON body: it ends early, after 0 bytes\n"},
		{"form", "records=1", "ERROR: invalid JSON body: "},
		{"two", records(good[:2]...) + records(good[2:4]...), "ERROR: invalid JSON body: something follows the object"},
	}
	for _, tt := range tests {
		res := do(t, d.Server, "POST", "/cgi/flows", strings.NewReader(tt.body))
		if res.StatusCode != 400 || !strings.HasPrefix(res.body, tt.want) || strings.Count(res.body, "\n") != 1 || !strings.HasSuffix(res.body, "\n") {
			t.Errorf("%s: %d %q", tt.name, res.StatusCode, res.body)
		}
		if ct := res.Header.Get("Content-Type"); ct != "text/plain; charset=UTF-8" {
			t.Errorf("%s: Content-Type %s", tt.name, ct)
		}
	}
	if n := d.rows(t); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
	d.post(t, "good", records(good...), 200, `{"count": 3000}`)
	ask(t, d.Server, `{"count": true}`).check(t, "good", 200, `{"clients": 250, "servers": 12, "flows": 3000}`+"\n")
}

// stream is a body that is made while it is sent.
type stream struct {
	start, again string
	left         int64
	begun        bool
	rest         string
}

func (s *stream) Read(p []byte) (int, error) {
	if !s.begun {
		s.begun, s.rest = true, s.start
	}
	if s.left <= 0 {
		return 0, io.EOF
	}
	if s.rest == "" {
		s.rest = s.again
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	s.left -= int64(n)
	return n, nil
}

// TestPostHugeBodies sends a gigabyte. The answer may come while the client is still sending; then the
// connection is closed, which the client may notice first.
func TestPostHugeBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := newDatabase(t, nil)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	const tooLarge = "ERROR: the body is larger than 268435456 bytes (WEB_UPLOAD_MAX_BYTES); send the records in several requests\n"
	tests := []struct {
		name   string
		body   *stream
		known  bool // the length is announced
		status int
		want   string
	}{
		{"zeros", &stream{again: strings.Repeat("\x00", 4096)}, false, 400, "ERROR: invalid JSON body: invalid character"},
		{"announced", &stream{again: strings.Repeat(" ", 4096)}, true, 413, tooLarge},
		{"records", &stream{start: `{"records": [` + tcp(0), again: "," + tcp(1)}, false, 413, tooLarge},
		{"space", &stream{again: strings.Repeat(" ", 4096)}, false, 400, "ERROR: the record (or other value) at byte 0"},
		{"a text", &stream{start: `{"records": [{"kind": "flow", "rec": {"src": "`, again: strings.Repeat("x", 4096)}, false, 400, "ERROR: the record (or other value) at byte 13"},
	}
	for _, tt := range tests {
		tt.body.left = 1 << 30
		grown := watchHeap()
		status, body := postRaw(t, d.Listener.Addr().String(), tt.body, tt.known)
		most := grown()
		t.Logf("%s: %d bytes left unsent, heap grown by %d kB", tt.name, tt.body.left, most>>10)
		if most > 16<<20 {
			t.Errorf("%s: the heap has grown by %d bytes", tt.name, most)
		}
		if status != tt.status || !strings.HasPrefix(body, tt.want) {
			t.Errorf("%s: %d %q", tt.name, status, body)
		}
	}
	if n := d.rows(t); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
	if left, err := filepath.Glob(filepath.Join(temp, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// postRaw sends a body until the server has enough, and reads its answer. An http.Client may lose it.
func postRaw(t *testing.T, addr string, body io.Reader, known bool) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	length := "Transfer-Encoding: chunked"
	if known {
		length = fmt.Sprintf("Content-Length: %d", 1<<30)
	}
	fmt.Fprintf(conn, "POST /cgi/flows HTTP/1.1\r\nHost: h\r\nReferer: http://h/\r\n%s\r\n\r\n", length)
	var enough atomic.Bool
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		buf := make([]byte, 64<<10)
		for !enough.Load() {
			n, err := body.Read(buf)
			if err != nil {
				return
			}
			if known {
				_, err = conn.Write(buf[:n])
			} else {
				_, err = fmt.Fprintf(conn, "%x\r\n%s\r\n", n, buf[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	status, text := readAnswer(t, conn)
	enough.Store(true)
	conn.Close()
	<-sent
	return status, text
}

func TestPostOtherRefusals(t *testing.T) {
	d := newDatabase(t, func(d *httpapi.Deps) { d.Config.WebUploadMaxBytes = 1000 })
	do(t, d.Server, "POST", "/cgi/flows", strings.NewReader(strings.Repeat(" ", 1001))).check(t, "1001 bytes", 413,
		"ERROR: the body is larger than 1000 bytes (WEB_UPLOAD_MAX_BYTES); send the records in several requests\n")
	do(t, d.Server, "POST", "/cgi/flows", io.MultiReader(strings.NewReader(`{"records": [], "x": "`+strings.Repeat("x", 1001)+`"}`))).check(t, "1001 bytes, not announced", 413,
		"ERROR: the body is larger than 1000 bytes (WEB_UPLOAD_MAX_BYTES); send the records in several requests\n")
	d.post(t, "1000 bytes", `{"records": []}`+strings.Repeat(" ", 985), 200, `{"count": 0}`)
	res := do(t, d.Server, "POST", "/cgi/flows", strings.NewReader("x"), "Content-Encoding", "gzip")
	res.check(t, "gzip", 415, "ERROR: the body must be plain JSON, without Content-Encoding (\"gzip\")\n")
	do(t, d.Server, "POST", "/cgi/flows", strings.NewReader(`{"records": []}`), "Content-Encoding", "identity", "Content-Type", "text/plain").check(t, "identity", 200, `{"count": 0}`)
}

func TestPostFailingSink(t *testing.T) {
	calls := 0
	d := newDatabase(t, func(d *httpapi.Deps) {
		d.Ingest = func(_ context.Context, feed func(flow.Sink) error) error {
			calls++
			return errors.Join(errors.New("secret cause"), feed(brokenSink{}))
		}
		d.Cleanup = func(context.Context) error { return errors.New("secret cause") }
	})
	const internal = `{"error": "Internal error. The server's log says more."}`
	d.post(t, "sink", records(tcp(1)), 500, internal)
	do(t, d.Server, "POST", "/cgi/flows/cleanup", nil).check(t, "clean-up", 500, internal)
	d.post(t, "none", records(), 200, `{"count": 0}`)
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

type brokenSink struct{ flow.Sink }

func (brokenSink) Event(*flow.Event) error { return errors.New("secret cause") }

// TestPostWithoutTempFolder has no place for the copy of a body.
func TestPostWithoutTempFolder(t *testing.T) {
	d := newDatabase(t, nil)
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	recs := make([]string, 6000)
	for i := range recs {
		recs[i] = tcp(i)
	}
	d.post(t, "long", records(recs...), 500, `{"error": "Internal error. The server's log says more."}`)
	d.post(t, "short", records(recs[:10]...), 200, `{"count": 10}`)
	if _, err := os.Stat(os.Getenv("TMPDIR")); err == nil {
		t.Error("the folder was made")
	}
}

// TestPostBrokenConnection ends a body before its announced length.
func TestPostBrokenConnection(t *testing.T) {
	called := make(chan struct{}, 1)
	ts := server(t, func(d *httpapi.Deps) {
		d.Config.WebUploadOK = true
		d.Ingest = func(context.Context, func(flow.Sink) error) error { called <- struct{}{}; return nil }
		d.Cleanup = func(context.Context) error { return nil }
	})
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /cgi/flows HTTP/1.1\r\nHost: h\r\nReferer: http://h/\r\nContent-Length: 1000\r\n\r\n%s", records(tcp(1)))
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	// For the server, a client that closes its side is gone.
	if answer, err := io.ReadAll(conn); err != nil || strings.Contains(string(answer), "200 OK") {
		t.Errorf("%q, %v", answer, err)
	}
	conn.Close()
	select {
	case <-called:
		t.Error("a body that is not whole was stored")
	default:
	}
}
