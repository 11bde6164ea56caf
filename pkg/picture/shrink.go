package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"

	"claude-agent-chat/pkg/fault"
)

const (
	// leastSide is where shrink gives up; no large picture gets there.
	leastSide = 1
	// smallPNG is up to where a picture without transparent parts, drawn rather than photographed, stays without loss.
	smallPNG = 1_000_000
)

// qualities are tried in turn until a JPEG is small enough.
var qualities = [...]int{85, 70, 50}

// quickPNG compresses a little less in a fraction of the time.
var quickPNG = png.Encoder{CompressionLevel: png.BestSpeed}

// shrink makes a picture smaller until it fits, upright.
func shrink(img image.Image, from string, turn int) (out []byte, mediaType string, err error) {
	small := scale(img, fitSide)
	for side := longest(small); side >= leastSide; side = side * 3 / 4 {
		small = scale(small, side)
		if out, mediaType, err = encode(turned(small, turn), from); out != nil || err != nil {
			return out, mediaType, err
		}
	}
	return nil, "", fault.New(fault.TooLarge, "The picture cannot be made small enough.")
}

func longest(img image.Image) int { return max(img.Bounds().Dx(), img.Bounds().Dy()) }

// scale copies a picture, with no side longer than most. It halves as long as it can: so each pixel of the result has seen
// all that it stands for, and little memory is needed.
func scale(img image.Image, most int) *image.RGBA {
	size := img.Bounds().Size()
	for max(size.X, size.Y) >= 2*most {
		size = image.Pt(max(size.X/2, 1), max(size.Y/2, 1))
		img = resized(img, size)
	}
	long := max(size.X, size.Y)
	if same, ok := img.(*image.RGBA); ok && long <= most {
		return same
	}
	if long > most {
		size = image.Pt(max(size.X*most/long, 1), max(size.Y*most/long, 1))
	}
	return resized(img, size)
}

func resized(img image.Image, size image.Point) *image.RGBA {
	to := image.NewRGBA(image.Rectangle{Max: size})
	draw.ApproxBiLinear.Scale(to, to.Bounds(), img, img.Bounds(), draw.Src, nil)
	return to
}

// encode writes a picture; nothing if it is too large in every way that it may be written.
func encode(img *image.RGBA, from string) (out []byte, mediaType string, err error) {
	opaque := img.Opaque()
	if !opaque || from == "image/png" || from == "image/gif" {
		var b bytes.Buffer
		if err := quickPNG.Encode(&b, img); err != nil {
			return nil, "", fmt.Errorf("encode PNG: %w", err)
		}
		if b.Len() <= smallPNG || !opaque && b.Len() <= fitBytes {
			return b.Bytes(), "image/png", nil
		}
	}
	if !opaque {
		return nil, "", nil
	}
	for _, quality := range qualities {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
			return nil, "", fmt.Errorf("encode JPEG: %w", err)
		}
		if b.Len() <= fitBytes {
			return b.Bytes(), "image/jpeg", nil
		}
	}
	return nil, "", nil
}

// flips says, for each orientation, which ways a picture is mirrored after width and height have changed places.
var flips = [...]struct{ x, y bool }{2: {x: true}, 3: {true, true}, 4: {y: true}, 6: {y: true}, 7: {true, true}, 8: {x: true}}

// turned holds a picture upright.
func turned(img *image.RGBA, orientation int) *image.RGBA {
	if orientation == 1 {
		return img
	}
	size := img.Bounds().Size()
	right, bottom := size.X-1, size.Y-1
	if orientation >= sideways {
		size.X, size.Y = size.Y, size.X
	}
	to := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			fromX, fromY := x, y
			if orientation >= sideways {
				fromX, fromY = y, x
			}
			if flips[orientation].x {
				fromX = right - fromX
			}
			if flips[orientation].y {
				fromY = bottom - fromY
			}
			to.SetRGBA(x, y, img.RGBAAt(fromX, fromY))
		}
	}
	return to
}
