package httpapi

import (
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the figures at /metrics. Each server has its own, so that tests may have several.
type metrics struct {
	handler  http.Handler
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	uploaded prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ivre_http_requests_total", Help: "Requests answered, by address, method and status."},
			[]string{"route", "method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ivre_http_request_seconds", Help: "Time to the end of the answer, by address.",
			Buckets: []float64{.005, .02, .1, .5, 1, 2, 5, 10, 30, 120}}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "ivre_http_requests_in_flight", Help: "Requests that are being answered."}),
		uploaded: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ivre_http_uploaded_flow_records_total", Help: "Flow records that were posted and stored."}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.seconds, m.inFlight, m.uploaded,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true}) // done for all answers
	return m
}

// methodLabels keep clients from making up label values.
var methodLabels = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true, http.MethodDelete: true, http.MethodOptions: true,
}

func (m *metrics) done(route, method string, status int, took time.Duration) {
	if !methodLabels[method] {
		method = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// serveMetrics answers programs on this machine, unless everybody may ask.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.methodNotAllowed(w, r)
		return
	}
	if !s.PublicMetrics && !local(r, peer(r)) {
		s.writeError(w, r, &apiError{status: http.StatusForbidden, message: "Metrics are for programs on the server itself."})
		return
	}
	s.metrics.handler.ServeHTTP(w, r)
}

// local tells whether a request was sent on this machine. What a front end here passes on was not.
func local(r *http.Request, peer netip.Addr) bool {
	for _, h := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via"} {
		if len(r.Header.Values(h)) > 0 {
			return false
		}
	}
	return peer.IsLoopback()
}
