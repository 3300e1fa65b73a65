package screenshot

import (
	"bytes"
	"image"
)

const (
	// margin are the pixels that stay around what is left of an image.
	margin = 10
	// tolerance is by how much a channel of a border's pixel may differ from the corner's.
	tolerance = 1
)

// content returns the part of an image that is left when its borders are cut off; it is empty if all is border. Each
// corner's colour may be that of the borders: the one counts that leaves the smallest part, the first one of equals.
// The image starts at (0, 0).
func content(img *image.RGBA) image.Rectangle {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	var best image.Rectangle
	var seen [][3]byte
	for _, corner := range [4]image.Point{{0, 0}, {w - 1, 0}, {0, h - 1}, {w - 1, h - 1}} {
		c := [3]byte(img.Pix[img.PixOffset(corner.X, corner.Y):])
		if contains(seen, c) {
			continue
		}
		box := differing(img, c)
		if box.Empty() {
			return box
		}
		if len(seen) == 0 || area(box) < area(best) {
			best = box
		}
		seen = append(seen, c)
	}
	return best.Inset(-margin).Intersect(img.Rect)
}

func contains(list [][3]byte, c [3]byte) bool {
	for _, have := range list {
		if have == c {
			return true
		}
	}
	return false
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }

// differing returns the smallest rectangle that has all pixels which differ from a colour.
func differing(img *image.RGBA, c [3]byte) image.Rectangle {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	// Most rows of a border are exactly of its colour, and equal bytes are found fast.
	uniform := bytes.Repeat([]byte{c[0], c[1], c[2], 0xff}, w)
	box := image.Rectangle{Min: image.Pt(w, h)}
	for y := range h {
		row := img.Pix[y*img.Stride:][:4*w]
		if bytes.Equal(row, uniform) {
			continue
		}
		first := 0
		for first < w && !differs(row[4*first:], c) {
			first++
		}
		if first == w {
			continue
		}
		last := w - 1
		for last >= box.Max.X && last > first && !differs(row[4*last:], c) {
			last--
		}
		box.Min.X, box.Max.X = min(box.Min.X, first), max(box.Max.X, last+1)
		box.Min.Y, box.Max.Y = min(box.Min.Y, y), y+1
	}
	return box
}

// differs tells whether a pixel is of another colour.
func differs(pix []byte, c [3]byte) bool {
	_ = pix[2]
	return apart(pix[0], c[0]) || apart(pix[1], c[1]) || apart(pix[2], c[2])
}

func apart(a, b byte) bool { return uint(int(a)-int(b)+tolerance) > 2*tolerance }
