package httpapi_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"ivre/config"
	"ivre/httpapi"
	"ivre/sql/flows"
)

// fixedFlows answers without a database, for tests of what stands before it.
type fixedFlows struct {
	count func(context.Context, flows.Request) (flows.Counts, error)
	each  func(context.Context, flows.Request, func(*flows.Flow) error) error
}

func (f fixedFlows) Count(ctx context.Context, r flows.Request) (flows.Counts, error) {
	if f.count == nil {
		return flows.Counts{Clients: 2, Servers: 1, Flows: 2}, nil
	}
	return f.count(ctx, r)
}

func (f fixedFlows) Each(ctx context.Context, r flows.Request, g func(*flows.Flow) error) error {
	return f.each(ctx, r, g)
}

func (f fixedFlows) Graph(context.Context, flows.Request, string) (*flows.Graph, error) {
	panic("Graph was called")
}

func (f fixedFlows) Host(context.Context, string) (*flows.HostDetails, error) {
	return nil, flows.ErrNotFound
}

func (f fixedFlows) Flow(context.Context, string) (*flows.FlowDetails, error) {
	return nil, flows.ErrNotFound
}

const countQuery = "/cgi/flows?q=%7B%22count%22%3A%20true%7D"

const countAnswer = `{"clients": 2, "servers": 1, "flows": 2}` + "\n"

// server starts a web interface over HTTP; change adapts what it is made of.
func server(t testing.TB, change func(*httpapi.Deps)) *httptest.Server {
	t.Helper()
	d := httpapi.Deps{Config: config.Default(), Flows: fixedFlows{}, Version: "1.2.3", Log: slog.New(slog.NewTextHandler(testLog{t}, nil))}
	if change != nil {
		change(&d)
	}
	s, err := httpapi.New(d)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(s)
	t.Cleanup(func() {
		ts.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return ts
}

// testLog shows the server's log where a test fails.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

func configured(f func(*config.Config)) func(*httpapi.Deps) {
	return func(d *httpapi.Deps) { f(d.Config) }
}

type response struct {
	*http.Response
	body string
}

// do sends a request. A Referer of the server itself is added unless headers (name, value, ...) has one; a
// header with an empty value is not sent.
func do(t testing.TB, ts *httptest.Server, method, path string, body io.Reader, headers ...string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, ts.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Referer", ts.URL+"/")
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else if req.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true, ExpectContinueTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: reading the answer: %v", method, path, err)
	}
	return response{res, string(b)}
}

func get(t testing.TB, ts *httptest.Server, path string, headers ...string) response {
	t.Helper()
	return do(t, ts, http.MethodGet, path, nil, headers...)
}

// check compares the status and body of an answer.
func (r response) check(t testing.TB, name string, status int, body string) {
	t.Helper()
	if r.StatusCode != status || r.body != body {
		t.Errorf("%s: got %d %q, want %d %q", name, r.StatusCode, r.body, status, body)
	}
}

// watchHeap returns a function that tells by how much the heap has been larger than now, at most, garbage
// included.
func watchHeap() (grown func() int64) {
	inUse := func() int64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	runtime.GC()
	start, peak := inUse(), int64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			peak = max(peak, inUse()-start)
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-stopped
		return peak
	}
}
