package screenshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"time"
)

const (
	// maxPixels is the size of an image up to which it is decoded: 8K screens, and long pages of the web. A progressive
	// JPEG of that size takes some 600 MB while it is decoded, other images a third of that.
	maxPixels = 1 << 25
	// maxSide is the largest side of a JPEG.
	maxSide = 1<<16 - 1
	// maxDecoding ends the decoding of images that are made to take long: a JPEG may have thousands of scans, a GIF
	// thousands of frames. Large honest ones take a second.
	maxDecoding = 20 * time.Second
)

// format is a kind of image. The functions are called directly, not through image.Decode: which kinds that one takes
// depends on the whole program's imports.
type format struct {
	magic  string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var formats = []format{
	{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"GIF87a", gif.DecodeConfig, gif.Decode},
	{"GIF89a", gif.DecodeConfig, gif.Decode},
}

// formatOf finds the kind of an image by its first bytes; nil if it is none.
func formatOf(data []byte) *format {
	for i := range formats {
		if bytes.HasPrefix(data, []byte(formats[i].magic)) {
			return &formats[i]
		}
	}
	return nil
}

// trimmed is what becomes of an image. One of a single colour has no data.
type trimmed struct {
	data   []byte // as given, or JPEG if borders were cut off
	pixels []byte // PNG of the same for Tesseract; nil if nobody reads words
}

// decode checks, decodes and trims an image.
func (r *Reader) decode(ctx context.Context, data []byte) (trimmed, error) {
	f, size, err := check(data)
	if err != nil {
		return trimmed{}, leftOut(err)
	}
	pixels := int64(size.X) * int64(size.Y)
	if err := r.budget.Acquire(ctx, pixels); err != nil {
		return trimmed{}, err
	}
	defer r.budget.Release(pixels)
	flat, err := flatten(ctx, f, size, data)
	if err != nil {
		return trimmed{}, leftOut(err)
	}
	box := content(flat)
	if box.Empty() {
		return trimmed{}, nil
	}
	t := trimmed{data: data}
	part := flat.SubImage(box).(*image.RGBA)
	if box != flat.Rect {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, part, nil); err != nil {
			return trimmed{}, leftOut(fmt.Errorf("it can't be cut: %w", err))
		}
		t.data = out.Bytes()
	}
	if r.words.wanted() {
		var out bytes.Buffer
		enc := png.Encoder{CompressionLevel: png.BestSpeed}
		if err := enc.Encode(&out, part); err != nil {
			return trimmed{}, leftOut(fmt.Errorf("it can't be encoded: %w", err))
		}
		t.pixels = out.Bytes()
	}
	return t, nil
}

// check finds out the kind and the size of an image, which is one that can be decoded in reasonable memory.
func check(data []byte) (*format, image.Point, error) {
	var size image.Point
	if len(data) == 0 {
		return nil, size, errNoData
	}
	if len(data) > maxFile {
		return nil, size, errTooLarge(len(data))
	}
	f := formatOf(data)
	if f == nil {
		return nil, size, errors.New("it is not a JPEG, PNG or GIF image")
	}
	cfg, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, size, fmt.Errorf("it is damaged: %w", err)
	}
	size = image.Pt(cfg.Width, cfg.Height)
	switch {
	case size.X <= 0 || size.Y <= 0:
		return nil, size, errors.New("it has no pixels")
	case size.X > maxSide || size.Y > maxSide || size.X*size.Y > maxPixels:
		return nil, size, fmt.Errorf("it has %d x %d pixels, more than the limit of %d, or of %d for a side",
			size.X, size.Y, maxPixels, maxSide)
	}
	return f, size, nil
}

// flatten decodes an image, of several its first, and lays it on white.
func flatten(ctx context.Context, f *format, size image.Point, data []byte) (*image.RGBA, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxDecoding, fmt.Errorf("it takes longer than %v to decode", maxDecoding))
	defer cancel()
	img, err := f.decode(&untilDone{ctx, bytes.NewReader(data)})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	whole := image.Rectangle{Max: size}
	b, op := img.Bounds(), draw.Over
	if o, ok := img.(interface{ Opaque() bool }); ok && b == whole && o.Opaque() {
		if flat, ok := img.(*image.RGBA); ok {
			return flat, nil
		}
		op = draw.Src
	}
	flat := image.NewRGBA(whole)
	if op == draw.Over {
		draw.Draw(flat, whole, image.White, image.Point{}, draw.Src)
	}
	// The frame of a GIF may be a part of the image.
	draw.Draw(flat, b, img, b.Min, op)
	return flat, nil
}

// untilDone reads until the context ends. Decoders ask for some KB at a time, which bounds what they do in between.
type untilDone struct {
	ctx context.Context
	in  *bytes.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.in.Read(p)
}
