package screenshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ivre/ingest/subprocess"
)

const (
	// maxWords is the total length of the words that are kept.
	maxWords = 1000
	// maxText is how much of Tesseract's output is read. It may repeat words.
	maxText = 64 << 10
	// maxReading is how long Tesseract may take. A full screen takes some seconds.
	maxReading = 60 * time.Second
	// maxFailures is after how many failures in succession Tesseract is not started any more.
	maxFailures = 5
)

// ErrNoWords is wrapped by errors for images that are kept, but without their words.
var ErrNoWords = errors.New("it is kept without its words")

// words reads the words in images with Tesseract (tried: 5.3).
type words struct {
	find     func() (string, error) // the program's path
	timeout  time.Duration
	told     atomic.Bool  // that it is missing
	failures atomic.Int32 // in succession
}

// newWords makes a reader of words. No program: none are read.
func newWords(program string) *words {
	w := &words{timeout: maxReading}
	if program != "" {
		w.find = sync.OnceValues(func() (string, error) { return exec.LookPath(program) })
	}
	return w
}

// wanted tells whether the pixels of an image are needed. A missing program is noticed here.
func (w *words) wanted() bool {
	if w.find == nil || w.failures.Load() >= maxFailures {
		return false
	}
	_, err := w.find()
	return err == nil
}

// read returns the words in a PNG image. The error wraps ErrNoWords.
func (w *words) read(ctx context.Context, image []byte) ([]string, error) {
	if w.find == nil {
		return nil, nil
	}
	path, err := w.find()
	if err != nil {
		if w.told.Swap(true) {
			return nil, nil
		}
		return nil, fmt.Errorf("%w, like all others: %w; install Tesseract, or set TESSERACT_CMD to its path, or to None for no words",
			ErrNoWords, err)
	}
	if image == nil {
		return nil, nil // given up meanwhile
	}
	text, err := w.run(ctx, path, image)
	switch {
	case err == nil:
		w.failures.Store(0)
		return wordsOf(text), nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoWords, context.Cause(ctx))
	case w.failures.Add(1) == maxFailures:
		return nil, fmt.Errorf("%w, like all from here on, as %s failed %d times in succession: %w", ErrNoWords, path, maxFailures, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrNoWords, err)
}

// run has Tesseract read an image.
func (w *words) run(ctx context.Context, path string, image []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "stdin", "stdout")
	// Its threads mostly wait for each other; reports are read in parallel anyway. The user's own setting wins.
	cmd.Env = append([]string{"OMP_THREAD_LIMIT=1"}, os.Environ()...)
	cmd.WaitDelay = time.Second
	cmd.Stdin = bytes.NewReader(image)
	var out head
	var said subprocess.Messages
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	switch {
	case out.full: // whatever it made of it that nobody read on
		return bytes.TrimRightFunc(out.kept, isWord), nil // without the word that may have been cut
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s took longer than %v", path, w.timeout)
	case err != nil && said.Text() != "":
		return nil, fmt.Errorf("%s failed (%w): %.300q", path, err, said.Text())
	case err != nil:
		return nil, fmt.Errorf("%s failed: %w", path, err)
	}
	return out.kept, nil
}

// head is a writer that takes the first maxText bytes, and then no more.
type head struct {
	kept []byte
	full bool
}

var errFull = errors.New("the output is longer than what is read of it")

func (h *head) Write(p []byte) (int, error) {
	n := min(len(p), maxText-len(h.kept))
	h.kept = append(h.kept, p[:n]...)
	if n < len(p) {
		h.full = true
		return n, errFull
	}
	return n, nil
}

// wordsOf returns the words in a text, in lower case, each once, in their order: runs of ASCII letters, digits and
// underscores. It ends before the first word with which their total length would be more than maxWords.
func wordsOf(text []byte) []string {
	var list []string
	seen := map[string]bool{}
	total := 0
	for field := range bytes.FieldsFuncSeq(text, func(c rune) bool { return !isWord(c) }) {
		if len(field) > maxWords {
			break // it fits neither alone, nor is it one that was seen
		}
		word := strings.ToLower(string(field))
		if seen[word] {
			continue
		}
		if total += len(word); total > maxWords {
			break
		}
		seen[word] = true
		list = append(list, word)
	}
	return list
}

func isWord(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}
