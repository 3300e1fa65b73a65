package httpapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"ivre/config"
	"ivre/ingest/flow"
	"ivre/ingest/ipdata"
	"ivre/sql/dns"
	"ivre/sql/flows"
	"ivre/sql/hosts"
	"ivre/sql/passive"
	"ivre/sql/query"
	"ivre/sql/rir"
)

// mount is the prefix of the API's paths.
const mount = "/cgi"

// Flows answers questions about flows; *flows.Client does.
type Flows interface {
	Each(context.Context, flows.Request, func(*flows.Flow) error) error
	Count(context.Context, flows.Request) (flows.Counts, error)
	Graph(ctx context.Context, req flows.Request, mode string) (*flows.Graph, error)
	Host(ctx context.Context, addr string) (*flows.HostDetails, error)
	Flow(ctx context.Context, id string) (*flows.FlowDetails, error)
}

// FlowSink stores the records of one POST /flows. It calls feed once, with what takes the records;
// feed returns the error of the sink or one of reading the request. The records have been checked
// before: they are all good, and there is at least one. An error means that the load failed.
type FlowSink func(ctx context.Context, feed func(flow.Sink) error) error

// Deps is what the web interface works with.
type Deps struct {
	Config *config.Config // must not be changed afterwards
	Flows  Flows
	// Ingest stores posted flows, Cleanup turns round flows whose client and server were swapped. They
	// are called with the context of the request, which ends when the client goes away. Both are only
	// needed when Config.WebUploadOK is set.
	Ingest  FlowSink
	Cleanup func(context.Context) error
	// Scans answers questions about scan results; nil: the server has none. StoreScans stores uploaded ones, under the same conditions as Ingest.
	Scans      *hosts.Client
	StoreScans ScanSink
	// View answers questions about consolidated hosts; nil: the server has none. StoreView stores uploaded scans and
	// brings the view up to date with them.
	View      *hosts.Client
	StoreView ScanSink
	// Passive answers questions about passive records, Names about names; nil: the server has none.
	Passive *passive.Client
	Names   *dns.Client
	// RIR answers questions about the objects of registries; nil: the server has none.
	RIR *rir.Client
	// Data tells what is known of addresses; nil: nothing, and no routes for it.
	Data *ipdata.DB
	// Manuf names the manufacturer of a network card; nil: none is known.
	Manuf   func(mac string) (name string, known bool)
	Version string       // of the program, shown by /config
	Log     *slog.Logger // nil: no log
	// PublicMetrics lets other machines than this one read /metrics.
	PublicMetrics bool
}

// Server is the handler of the web interface.
type Server struct {
	Deps
	cfg     *config.Config
	handler http.Handler
	metrics *metrics
	static  *os.Root // nil: only the pages in the program
	silence time.Duration
}

// New makes the handler. Close frees what it holds.
func New(d Deps) (*Server, error) {
	if d.Config == nil || d.Flows == nil {
		return nil, errors.New("the web interface needs a configuration and a database")
	}
	if d.Config.WebUploadOK && (d.Ingest == nil || d.Cleanup == nil || d.Scans != nil && d.StoreScans == nil || d.View != nil && d.StoreView == nil) {
		return nil, errors.New("uploads are allowed (WEB_UPLOAD_OK), but nothing would store them")
	}
	if err := checkBaseFilters(d.Config); err != nil {
		return nil, err
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Deps: d, cfg: d.Config, metrics: newMetrics(), silence: maxSilence}
	if err := s.openStatic(); err != nil {
		return nil, err
	}
	compress, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.ContentTypeFilter(compressible))
	if err != nil {
		return nil, err
	}
	s.handler = compress(s.dispatch())
	return s, nil
}

// Close closes the folder of static files.
func (s *Server) Close() error {
	if s.static != nil {
		return s.static.Close()
	}
	return nil
}

// compressible tells whether compression is worth its while: pictures, fonts and archives are compressed.
func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	if strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml") {
		return true
	}
	switch kind {
	case "application/json", "application/x-ndjson", "application/javascript", "application/xml", "application/wasm":
		return true
	}
	return false
}

// dispatch separates the API from the static files. Echo does not see the latter: a wildcard route
// would hide the difference between an unknown path and a method that a path does not have.
func (s *Server) dispatch() http.Handler {
	api := s.newAPI()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == mount || strings.HasPrefix(path, mount+"/"):
			api.ServeHTTP(w, r)
		case path == "/metrics":
			s.serveMetrics(w, r)
		default:
			s.serveStatic(w, r)
		}
	})
}

// route is an address of the API.
type route struct {
	path   string
	module string // module that must be exposed; empty: none
	get    echo.HandlerFunc
	post   echo.HandlerFunc // an upload
}

func (s *Server) routes() []route {
	list := []route{
		{path: "/config", get: s.getConfig},
		{path: "/flows", module: moduleFlow, get: s.getFlows, post: s.postFlows},
		{path: "/flows/cleanup", module: moduleFlow, post: s.postCleanup},
	}
	if s.Scans != nil {
		list = append(list, newHostRoutes(s, s.Scans, s.StoreScans, query.Scans, "/scans", moduleActive).routes()...)
	}
	if s.View != nil {
		list = append(list, newHostRoutes(s, s.View, s.StoreView, query.View, "/view", moduleView).routes()...)
	}
	if s.Passive != nil {
		list = append(list, newPassiveRoutes(s).routes()...)
	}
	if s.Data != nil {
		list = append(list, s.dataRoutes()...)
	}
	if s.RIR != nil {
		registries := &recordRoutes{Server: s, records: s.RIR, kind: query.RIR, prefix: "/rir", module: moduleRIR}
		list = append(list, registries.routes()...)
	}
	if s.Names != nil {
		list = append(list, route{path: "/dns", module: moduleDNS, get: s.mergedNames})
	}
	return list
}

// newAPI builds the router of the API.
func (s *Server) newAPI() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard) // errors come to handleError, which has the program's log
	e.HTTPErrorHandler = s.handleError
	e.Use(noOptions)
	for _, r := range s.routes() {
		if r.get != nil {
			h := s.gated(r, false, r.get)
			e.GET(mount+r.path, h)
			e.HEAD(mount+r.path, h)
		}
		if r.post != nil {
			e.POST(mount+r.path, s.gated(r, true, r.post))
		}
	}
	return e
}

// noOptions treats OPTIONS like any other method that a path does not have: echo would answer it.
func noOptions(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().Method == http.MethodOptions && c.Get(echo.ContextKeyHeaderAllow) != nil {
			return echo.MethodNotAllowedHandler(c)
		}
		return next(c)
	}
}
