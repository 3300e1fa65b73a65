package screenshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"

	"ivre/ingest/host"
)

// Values of host.Port.Screenshot.
const (
	Field = "field" // the image is in ScreenData
	Empty = "empty" // the image was of one colour; it is not kept
)

// maxUses is how many ports of a report may show the same file. Scripts save a file per port; without a limit a short
// report could multiply an image without end.
const maxUses = 16

// Reader reads images. One serves all files of a run, and many goroutines.
type Reader struct {
	words *words
	// budget are the pixels that may be decoded at the same time.
	budget *semaphore.Weighted
}

// New makes a Reader. tesseract is the name or the path of the program that reads words (TESSERACT_CMD); if it is empty,
// words are not read.
func New(tesseract string) *Reader {
	return &Reader{words: newWords(tesseract), budget: semaphore.NewWeighted(maxPixels)}
}

// In returns the function that fills a port from a file, for the field Screenshot of nmapscript.Pipeline: name is the one
// that a script of the report gave. The file is looked for in each of dirs, which are the folder of the report and
// perhaps others that the user chose; empty ones are left out. A file that does not exist is no error. warn (nil to ignore)
// is told in a full sentence why an image or its words are left out. When ctx ends, nothing is read any more.
//
// The function belongs to one report; it may be called by many goroutines if warn may.
func (r *Reader) In(ctx context.Context, warn func(msg string), dirs ...string) func(p *host.Port, name string) {
	f := &folders{reader: r, warn: warn, uses: map[string]int{}}
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		if dir = filepath.Clean(dir); !slices.Contains(f.dirs, dir) {
			f.dirs = append(f.dirs, dir)
		}
	}
	return func(p *host.Port, name string) { f.fill(ctx, p, name) }
}

// Fill fills a port's Screenshot, ScreenData and ScreenWords from an image, as tools give them that have images in their
// reports. It keeps data, which must not be changed any more. A later image replaces an earlier one, a blank one does not.
//
// The error says why the image is left out (the port is unchanged) or, wrapping ErrNoWords, why only its words are: that
// the program for words is missing is said once.
func (r *Reader) Fill(ctx context.Context, p *host.Port, data []byte) error {
	img, err := r.decode(ctx, data)
	if err != nil {
		return err
	}
	if img.data == nil {
		if p.Screenshot == "" {
			p.Screenshot = Empty
		}
		return nil
	}
	found, err := r.words.read(ctx, img.pixels)
	p.Screenshot, p.ScreenData, p.ScreenWords = Field, img.data, found
	return err
}

// folders are where the images of one report are.
type folders struct {
	reader *Reader
	warn   func(string)
	dirs   []string

	mu   sync.Mutex
	uses map[string]int // by name, of files that exist
}

// fill fills a port from the first file of that name that can be read.
func (f *folders) fill(ctx context.Context, p *host.Port, name string) {
	if ctx.Err() != nil {
		return
	}
	err := checkName(name)
	if err == nil {
		err = f.use(name, false)
	}
	if err != nil {
		f.say(p, name, err)
		return
	}
	for _, dir := range f.dirs {
		data, err := readFile(dir, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		found := err == nil
		if found {
			if err = f.use(name, true); err == nil {
				err = f.reader.Fill(ctx, p, data)
			}
		}
		if err != nil && ctx.Err() == nil {
			f.say(p, name, err)
		}
		if found || ctx.Err() != nil {
			return
		}
	}
}

// errUsedUp is the error for uses of a file that are not worth another message.
var errUsedUp = errors.New("it is left out again")

// use is an error if a file was used too often. It counts a use if the file was found: only names of files that exist
// are remembered. (It is asked before as well, so that files are not read in vain.)
func (f *folders) use(name string, found bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.uses[name]
	if n < maxUses {
		if found {
			f.uses[name]++
		}
		return nil
	}
	if n > maxUses {
		return errUsedUp
	}
	f.uses[name]++
	return fmt.Errorf("it is left out from here on: %d results of the report had it already", maxUses)
}

// say reports what is wrong with an image.
func (f *folders) say(p *host.Port, name string, err error) {
	if f.warn == nil || err == errUsedUp {
		return
	}
	place := "host scripts"
	if p.Port != host.HostScripts {
		place = fmt.Sprintf("port %s/%d", p.Protocol, p.Port)
	}
	f.warn(fmt.Sprintf("%s: screenshot %.200q: %v", place, name, err))
}
