package httpapi_test

import (
	"context"
	"io"
	"net/http/httptest"
	"testing"

	"ivre/config"
	"ivre/httpapi"
	"ivre/sql/flows"
)

// BenchmarkGraph writes graphs of ten thousand flows, without the database and the network.
func BenchmarkGraph(b *testing.B) {
	s, err := httpapi.New(httpapi.Deps{Config: config.Default(), Flows: fixedFlows{
		each: func(_ context.Context, _ flows.Request, f func(*flows.Flow) error) error { return madeUp(10_000, f) },
	}})
	if err != nil {
		b.Fatal(err)
	}
	req := httptest.NewRequest("GET", "/cgi/flows?q=%7B%22limit%22:0%7D", nil)
	req.Header.Set("X-API-Key", "x")
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		if n, err := io.Copy(io.Discard, w.Body); err != nil || n < 1_000_000 {
			b.Fatal(n, err, w.Code)
		}
	}
}
