package httpapi

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"

	"github.com/labstack/echo/v4"

	"ivre/httpapi/wire"
	"ivre/ingest/scanfile"
)

// ScanSink stores the uploaded files of one request: paths of files on disk with the names that the client gave. An
// error means that the load failed; what is wrong with a file is in its outcome.
type ScanSink func(ctx context.Context, opt scanfile.Options, files []UploadedFile) ([]scanfile.Outcome, error)

// UploadedFile is a file of an upload.
type UploadedFile struct{ Path, Name string }

// maxFormField is the length in bytes of the longest value of a form's field.
const maxFormField = 64 << 10

// scanForm is what an upload consists of.
type scanForm struct {
	fields map[string]string
	files  []UploadedFile
	dir    string // of the files
}

func (f *scanForm) remove() { os.RemoveAll(f.dir) }

// upload stores the scans of a form.
func (h *hostRoutes) upload(c echo.Context) error {
	r := c.Request()
	if r.ContentLength > h.cfg.WebUploadMaxBytes {
		return h.tooLarge()
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, h.cfg.WebUploadMaxBytes)
	form, err := readScanForm(r)
	defer form.remove()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return h.tooLarge()
	case err != nil:
		return err
	}
	get := func(name string) string {
		if v, ok := form.fields[name]; ok {
			return v
		}
		return paramsOf(c)[name]
	}
	source := get("source")
	if source == "" {
		return &apiError{status: http.StatusBadRequest, style: errorText, message: "source is mandatory"}
	}
	opt := scanfile.Options{Source: source, Categories: scanfile.Categories(get("categories"))}
	outcomes, err := h.store(r.Context(), opt, form.files)
	if err != nil {
		return fmt.Errorf("storing uploaded scans: %w", err)
	}
	count := 0
	files := []map[string]any{}
	for _, o := range outcomes {
		if !o.Failed() && !o.Known && o.Hosts > 0 {
			count++
		}
		skipped := map[string]uint64{}
		for _, s := range o.Skipped {
			skipped[s.Reason] = s.Count
		}
		files = append(files, map[string]any{
			"name": o.Name, "format": o.Format, "hosts": o.Hosts, "loaded": o.Stored, "skipped": skipped,
			"already_loaded": o.Known, "message": o.Summary(),
		})
		h.Log.Info("scan uploaded", "file", o.Name, "outcome", o.Summary(), "client", h.client(r))
	}
	if get("output") == "html" {
		return h.uploadPage(c, count, get("referer"))
	}
	body, err := wire.Marshal(uploadAnswer{Count: count, Files: files})
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/json", body)
}

type uploadAnswer struct {
	Count int              `json:"count"`
	Files []map[string]any `json:"files,omitempty"`
}

// readScanForm reads a form; its files are copied to a temporary folder.
func readScanForm(r *http.Request) (*scanForm, error) {
	form := &scanForm{fields: map[string]string{}}
	parts, err := r.MultipartReader()
	if err != nil {
		return form, badRequest("an upload is a form of type multipart/form-data: %v", err)
	}
	if form.dir, err = os.MkdirTemp("", "ivre-upload-*"); err != nil {
		return form, &spoolError{err}
	}
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return form, nil
		}
		if err != nil {
			return form, formError(err)
		}
		if err := form.add(part); err != nil {
			return form, err
		}
	}
}

func formError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return badRequest("the form could not be read to its end: %v", err)
}

func (f *scanForm) add(part *multipart.Part) error {
	if part.FormName() != "result" {
		value, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
		switch {
		case err != nil:
			return formError(err)
		case len(value) > maxFormField:
			return badRequest("the field %q is longer than %d bytes", part.FormName(), maxFormField)
		}
		f.fields[part.FormName()] = string(value)
		return nil
	}
	out, err := os.CreateTemp(f.dir, "scan-*")
	if err != nil {
		return &spoolError{err}
	}
	copied := &spoolWriter{out}
	_, err = io.Copy(copied, part)
	if cerr := out.Close(); err == nil && cerr != nil {
		err = &spoolError{cerr}
	}
	var own *spoolError
	if err != nil && !errors.As(err, &own) {
		return formError(err)
	}
	name := part.FileName()
	if name == "" {
		name = "result"
	}
	f.files = append(f.files, UploadedFile{Path: out.Name(), Name: name})
	return err
}

// spoolWriter tells errors of the copy from those of the upload.
type spoolWriter struct{ io.Writer }

func (w *spoolWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		err = &spoolError{err}
	}
	return n, err
}

// uploadPage answers with a page that leads back to where the upload came from, if that is this server.
func (h *hostRoutes) uploadPage(c echo.Context, count int, referer string) error {
	if back := h.origin(c.Request()) + "/"; strings.HasPrefix(referer, back) && !strings.ContainsAny(referer, "\r\n;,") {
		c.Response().Header().Set("Refresh", "5;url="+referer)
	}
	text := fmt.Sprintf("%d results uploaded", count)
	if count == 1 {
		text = "1 result uploaded"
	}
	var b strings.Builder
	if err := uploadedPage.Execute(&b, text); err != nil {
		return err
	}
	return c.HTML(http.StatusOK, b.String())
}

var uploadedPage = template.Must(template.New("uploaded").Parse(`<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>IVRE Web UI</title></head>
<body><h1>{{.}}</h1></body>
</html>
`))
