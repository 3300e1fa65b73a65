package input

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
)

// Stdin is the name that stands for standard input.
const Stdin = "-"

var (
	// ErrEmpty is wrapped by the error for an input without a single byte of content.
	ErrEmpty = errors.New("is empty")
	// ErrDirectory is wrapped by the error for a folder where a file is needed.
	ErrDirectory = errors.New("is a folder; a file is needed")
)

// Options change where Open finds things. The zero value is what programs use.
type Options struct {
	Stdin   io.Reader // in place of os.Stdin
	TempDir string    // folder of decompressed copies, in place of os.TempDir()
}

// File is an opened input. Its methods are for one goroutine at a time, but for Consumed.
type File struct {
	ctx         context.Context
	name        string // as given
	path        string // "" for standard input
	tempDir     string
	size        int64
	compression Compression
	source      *source
	content     *bufio.Reader
	release     func()      // of the decoder
	closer      io.Closer   // of the opened file
	spool       *spool      // decompressed copy
	started     bool        // content was read
	unwatch     func() bool // of the context
}

// Open opens a file or, by the name "-", standard input. The context bounds the use of the file: when
// it ends, reads fail and a decompressed copy is removed.
//
// The error for an input without content wraps ErrEmpty, for a folder ErrDirectory, for a missing file
// fs.ErrNotExist; all name the file.
func Open(ctx context.Context, name string, opts Options) (*File, error) {
	f := &File{ctx: ctx, name: name, tempDir: opts.TempDir, size: -1}
	var src io.Reader
	if name == Stdin {
		src = opts.Stdin
		if src == nil {
			src = os.Stdin
		}
		if file, ok := src.(*os.File); ok {
			f.size = remaining(file)
		}
	} else {
		file, size, err := openPath(name)
		if err != nil {
			return nil, err
		}
		src, f.closer, f.path, f.size = file, file, name, size
	}
	f.source = &source{r: src}
	if err := f.start(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// openPath opens a path for reading and returns its size, -1 if it is not a regular file.
func openPath(name string) (*os.File, int64, error) {
	file, err := os.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, 0, fmt.Errorf("%s does not exist (%w)", name, fs.ErrNotExist)
		}
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, 0, fmt.Errorf("%s can't be opened: %w", name, err)
	}
	st, err := file.Stat()
	if err == nil && st.IsDir() {
		err = ErrDirectory
	}
	if err != nil {
		file.Close()
		return nil, 0, fmt.Errorf("%s %w", name, err)
	}
	if !st.Mode().IsRegular() {
		return file, -1, nil
	}
	return file, st.Size(), nil
}

// remaining returns how much of a redirected regular file is still to be read, -1 for anything else.
func remaining(file *os.File) int64 {
	st, err := file.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return -1
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1
	}
	return max(0, st.Size()-at)
}

// start recognises the compression and reads the first bytes of the content.
func (f *File) start() error {
	raw := bufio.NewReaderSize(f.source, 128<<10)
	head, err := raw.Peek(headSize)
	if len(head) == 0 {
		if err == io.EOF {
			return fmt.Errorf("%s %w", f.Name(), ErrEmpty)
		}
		return fmt.Errorf("reading %s: %w", f.Name(), err)
	}
	f.compression = detectCompression(head)
	if f.compression == None {
		f.content = raw
		return nil
	}
	r, release, err := newDecoder(f.compression, raw, head)
	f.release = release
	if err != nil {
		return f.decodeError(err)
	}
	f.content = bufio.NewReaderSize(&decoded{f: f, r: r}, 64<<10)
	if _, err := f.content.Peek(1); err == io.EOF {
		return fmt.Errorf("%s %w once decompressed", f.Name(), ErrEmpty)
	} else if err != nil {
		return err
	}
	return nil
}

// Name returns the path as it was given, "standard input" for "-".
func (f *File) Name() string {
	if f.name == Stdin {
		return "standard input"
	}
	return f.name
}

// Size returns the number of bytes of the input as it is stored (compressed), -1 if it is not known.
func (f *File) Size() int64 { return f.size }

// Consumed returns how many of these bytes have been read so far. It may be called at any time from
// any goroutine. What is read through Path of a file that is not compressed is not counted.
func (f *File) Consumed() int64 { return f.source.n.Load() }

// Compression tells how the input is compressed.
func (f *File) Compression() Compression { return f.compression }

// Peek returns the next n bytes of the content, at most 4096, without reading them; fewer at the end.
func (f *File) Peek(n int) []byte {
	b, _ := f.content.Peek(min(n, 4096))
	return b
}

// Kind tells the format of the content. It must be called before anything is read.
func (f *File) Kind() Kind { return Detect(f.Peek(4)) }

// Read reads content. If compressed data are damaged or cut short it first gives what can be read,
// then an error that says where.
func (f *File) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, context.Cause(f.ctx)
	}
	f.started = true
	n, err := f.content.Read(p)
	if err != nil && err != io.EOF && f.compression == None {
		err = fmt.Errorf("reading %s: %w", f.Name(), err)
	}
	return n, err
}

// Close releases the file and removes its decompressed copy, if there is one.
func (f *File) Close() error {
	if f.unwatch != nil {
		f.unwatch()
	}
	if f.release != nil {
		f.release()
		f.release = nil
	}
	var errs []error
	if f.spool != nil {
		errs = append(errs, f.spool.remove())
	}
	if f.closer != nil {
		errs = append(errs, f.closer.Close())
		f.closer = nil
	}
	return errors.Join(errs...)
}

// decodeError says what is wrong with compressed data: err is of the decoder or of reading the source.
func (f *File) decodeError(err error) error {
	if f.source.err != nil {
		return fmt.Errorf("reading %s: %w", f.Name(), f.source.err)
	}
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: the %s data end too early, after %d bytes (%w): the rest is missing",
			f.Name(), f.compression, f.Consumed(), io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("%s: the %s data are damaged at or before byte %d: %w", f.Name(), f.compression, f.Consumed(), err)
}

// source counts what is read from the input and remembers its first error other than its end.
type source struct {
	r   io.Reader
	n   atomic.Int64
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n.Add(int64(n))
	if err != nil && err != io.EOF && s.err == nil {
		s.err = err
	}
	return n, err
}

// decoded reads from a decoder. Its first error stays, as not every decoder can be read after one.
type decoded struct {
	f   *File
	r   io.Reader
	err error
}

func (d *decoded) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.r.Read(p)
	if err != nil && err != io.EOF {
		err = d.f.decodeError(err)
	}
	d.err = err
	return n, err
}
