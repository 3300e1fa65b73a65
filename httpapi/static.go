package httpapi

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"syscall"
	"time"
)

// pages are shown unless WEB_STATIC_PATH has files of these names.
//
//go:embed pages
var pages embed.FS

// started stands for the time of change of the pages in the program.
var started = time.Now()

// redirects are addresses of folders and the pages that stand for them.
var redirects = map[string]string{
	"/":    "/index.html",
	"/ui":  "/ui/index.html",
	"/doc": "/doc/index.html", "/doc/dev": "/doc/dev/index.html", "/doc/install": "/doc/install/index.html", "/doc/usage": "/doc/usage/index.html",
}

// contentTypes are the types of web pages' files. The system's table is not asked: the same file
// should have the same type everywhere.
var contentTypes = map[string]string{
	".html": "text/html; charset=UTF-8", ".htm": "text/html; charset=UTF-8", ".css": "text/css; charset=UTF-8",
	".js": "text/javascript; charset=UTF-8", ".mjs": "text/javascript; charset=UTF-8", ".wasm": "application/wasm",
	".json": "application/json", ".map": "application/json", ".webmanifest": "application/manifest+json", ".xml": "application/xml",
	".txt": "text/plain; charset=UTF-8", ".md": "text/markdown; charset=UTF-8", ".csv": "text/csv; charset=UTF-8",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
	".avif": "image/avif", ".ico": "image/vnd.microsoft.icon", ".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf",
	".pdf": "application/pdf", ".gz": "application/gzip", ".zip": "application/zip",
}

func contentTypeOf(name string) string {
	if t, ok := contentTypes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}

// openStatic opens the folder of static files, if there is one.
func (s *Server) openStatic() error {
	if s.cfg.WebStaticPath == "" {
		return nil
	}
	root, err := os.OpenRoot(s.cfg.WebStaticPath)
	if err != nil {
		return fmt.Errorf("WEB_STATIC_PATH: %w", err)
	}
	s.static = root
	return nil
}

func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Allow", http.MethodGet)
	s.writeError(w, r, &apiError{status: http.StatusMethodNotAllowed, message: http.StatusText(http.StatusMethodNotAllowed)})
}

// serveStatic answers requests outside of the API.
func (s *Server) serveStatic(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.methodNotAllowed(w, r)
		return
	}
	folder := strings.TrimSuffix(r.URL.Path, "/")
	if folder == "" {
		folder = r.URL.Path
	}
	if to, ok := redirects[folder]; ok {
		w.Header().Set("Location", s.origin(r)+to)
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	name := path.Clean(strings.TrimLeft(r.URL.Path, "/"))
	if name == ".." || strings.HasPrefix(name, "../") {
		s.writeError(w, r, outside)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/") || strings.ContainsRune(name, 0) {
		s.writeError(w, r, s.notFound(r))
		return
	}
	err := s.serveFile(w, r, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = s.servePage(w, r, name)
	}
	var e *apiError
	switch {
	case err == nil:
	case errors.As(err, &e):
		s.writeError(w, r, e)
	case errors.Is(err, fs.ErrNotExist):
		s.writeError(w, r, s.notFound(r))
	default:
		s.Log.Error("static file", "name", name, "error", err)
		s.writeError(w, r, internal())
	}
}

var outside = &apiError{status: http.StatusForbidden, message: "Access denied."}

// serveFile sends a file of WEB_STATIC_PATH. Links that lead out of that folder are not followed.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, name string) error {
	if s.static == nil {
		return fs.ErrNotExist
	}
	info, err := s.static.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return fs.ErrNotExist
	case err != nil: // a link to the outside, or not permitted
		s.Log.Warn("static file refused", "name", name, "error", err)
		return outside
	case !info.Mode().IsRegular(): // a folder is not listed, a pipe might never end
		return fs.ErrNotExist
	}
	f, err := s.static.Open(name)
	if errors.Is(err, fs.ErrPermission) {
		return outside
	}
	if err != nil {
		return err
	}
	defer f.Close()
	w.Header().Set("Content-Type", contentTypeOf(name))
	http.ServeContent(w, r, name, info.ModTime(), f)
	return nil
}

// servePage sends a page that is in the program.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request, name string) error {
	if name == "index.html" {
		return s.landing(w, r)
	}
	text, err := pages.ReadFile("pages/" + name)
	if err != nil || strings.HasSuffix(name, ".tmpl") {
		return fs.ErrNotExist
	}
	w.Header().Set("Content-Type", contentTypeOf(name))
	http.ServeContent(w, r, name, started, bytes.NewReader(text))
	return nil
}
