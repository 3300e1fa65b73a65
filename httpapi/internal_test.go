package httpapi

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ivre/config"
	"ivre/sql/flows"
)

func TestClientBehindFrontEnds(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	tests := []struct {
		peer string
		via  []string
		want string
	}{
		{"192.0.2.1:5", nil, "192.0.2.1"}, {"192.0.2.1:5", []string{"198.51.100.1"}, "192.0.2.1"}, // not a front end of ours
		{"10.1.1.1:5", []string{"198.51.100.1"}, "198.51.100.1"}, {"10.1.1.1:5", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"}, // the first item is the client's own
		{"10.1.1.1:5", []string{"203.0.113.9, 198.51.100.1, 10.2.2.2"}, "198.51.100.1"}, {"10.1.1.1:5", []string{"203.0.113.9", "198.51.100.1,2001:db8::1"}, "198.51.100.1"},
		{"10.1.1.1:5", []string{"nonsense"}, "10.1.1.1"}, {"10.1.1.1:5", nil, "10.1.1.1"}, {"[::ffff:10.1.1.1]:5", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"[fe80::1%eth0]:5", nil, "fe80::1"}, {"pipe", nil, "invalid IP"},
	}
	s := &Server{cfg: &config.Config{WebTrustedProxies: trusted}}
	for _, tt := range tests {
		r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{"X-Forwarded-For": tt.via}}
		if got := s.client(r).String(); got != tt.want {
			t.Errorf("%s %q: %s, want %s", tt.peer, tt.via, got, tt.want)
		}
	}
}

func TestOriginWithoutHost(t *testing.T) {
	s := &Server{cfg: config.Default()}
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, s.origin(r)) }))
	defer ts.Close()
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasSuffix(string(answer), "\r\n\r\n"+ts.URL) {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestHeaderSafe(t *testing.T) {
	for in, want := range map[string]string{
		"SELECT 1\n  FROM\tx\r\n": "SELECT 1 FROM x", "SELECT 'a  b\x01\x7f\u00e9'": `SELECT 'a  b\x01\x7F\xC3\xA9'`, "": "",
		strings.Repeat("x", maxSQLHeader): strings.Repeat("x", maxSQLHeader), strings.Repeat("x", maxSQLHeader+1): "-- a statement of 16385 bytes, too long for a header",
	} {
		if got := headerSafe(in); got != want {
			t.Errorf("%.50q: %.80q", in, got)
		}
	}
}

// silentServer is one with little patience.
func silentServer(t *testing.T, f func(w http.ResponseWriter, r *http.Request)) *httptest.Server {
	t.Helper()
	s := &Server{Deps: Deps{Log: slog.New(slog.DiscardHandler)}, cfg: config.Default(), metrics: newMetrics(), silence: 200 * time.Millisecond, handler: http.HandlerFunc(f)}
	ts := httptest.NewServer(s)
	t.Cleanup(ts.Close)
	return ts
}

// TestSilentSender sends a part of a body, then nothing, or little by little.
func TestSilentSender(t *testing.T) {
	result := make(chan error, 1)
	ts := silentServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		if err == nil {
			// After the body, the client may wait as long as it likes.
			select {
			case <-r.Context().Done():
				err = r.Context().Err()
			case <-time.After(500 * time.Millisecond):
			}
		}
		result <- err
	})
	send := func(pieces int) {
		conn, err := net.Dial("tcp", ts.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n")
		for range pieces {
			fmt.Fprint(conn, "x")
			time.Sleep(100 * time.Millisecond)
		}
	}
	send(3)
	var timeout net.Error
	if err := <-result; !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("a sender that stops: %v", err)
	}
	send(6)
	if err := <-result; err != nil {
		t.Errorf("a slow sender: %v", err)
	}
}

// TestSilentReader does not read the answer.
func TestSilentReader(t *testing.T) {
	result := make(chan error, 1)
	ts := silentServer(t, func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 1<<20)
		for range 1000 {
			if _, err := w.Write(piece); err != nil {
				result <- err
				return
			}
		}
		result <- nil
	})
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	select {
	case err := <-result:
		if err == nil {
			t.Error("a gigabyte was sent to nobody")
		}
	case <-time.After(20 * time.Second):
		t.Error("the server still waits")
	}
}

// TestFaults panics before and after something was sent.
func TestFaults(t *testing.T) {
	ts := silentServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/later" {
			w.Header().Set("Content-Length", "100000")
			w.Write(make([]byte, 50000))
		}
		panic("secret")
	})
	res, err := http.Get(ts.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != 500 || string(body) != `{"error": "Internal error. The server's log says more."}` {
		t.Errorf("%d %s %v", res.StatusCode, body, err)
	}
	res, err = http.Get(ts.URL + "/later")
	if err != nil {
		return // cut so early that nothing came
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("the answer ended as if it were whole")
	}
}

// FuzzParseParams compares with net/url where the two should agree.
func FuzzParseParams(f *testing.F) {
	for _, s := range []string{"q=%7B%7D&action=details", "a=1&a=2", "a;b=c", "%zz=1", "a=%ff", "+=+&&=", "q={\"x\": 1}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got, err := parseParams(query)
		want, wantErr := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
		if (err == nil) != (wantErr == nil) && utf8.ValidString(fmt.Sprint(want)) && !strings.Contains(query, "%") {
			t.Fatalf("%q: %v, net/url: %v", query, err, wantErr)
		}
		if err != nil {
			return
		}
		last := params{}
		for name, values := range want {
			last[name] = values[len(values)-1]
		}
		if diff := cmp.Diff(last, got); diff != "" {
			t.Fatalf("%q: -want +got:\n%s", query, diff)
		}
	})
}

// FuzzFlowQuery checks that what is read is within its bounds and that errors are the client's fault.
func FuzzFlowQuery(f *testing.F) {
	for _, s := range []string{
		`{"nodes": ["dport = 80"], "edges": [], "limit": 1000, "skip": 0, "mode": "default", "orderby": "", "timeline": true, "after": "2026-01-02 03:04", "count": false}`,
		`{"limit": null, "before": "2026-01-02 03:04:05.5"}`, `{"limit": 1e3}`, `[]`, `{"type": "node", "id": "192.0.2.1"}`, `{"count": 1e400}`, `{"nodes": [null]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := decodeObject(text)
		var q flowQuery
		if err == nil {
			q, err = parseFlowQuery(o, 1000)
		}
		var e *apiError
		if err != nil && (!errors.As(err, &e) || e.status != http.StatusBadRequest || len(e.message) > 2000) {
			t.Fatalf("%q: %v", text, err)
		}
		if q.Limit < 0 || q.Skip < 0 || err == nil && !q.After.IsZero() && flows.FormatTime(q.After) == "" {
			t.Fatalf("%q: %+v", text, q)
		}
		if err == nil {
			o.required("type")
			o.required("id")
		}
	})
}

// FuzzAccept checks that weights are weights.
func FuzzAccept(f *testing.F) {
	for _, s := range []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*/*;q=NaN", "text/html;q=1e-400", ";q=,/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		for _, kind := range []string{"html", "json"} {
			if w := quality(accept, "text", kind); !(w >= 0 && w <= 1) {
				t.Fatalf("%q: %v", accept, w)
			}
		}
	})
}
