// Package picture makes pictures fit for the Messages API, which refuses a whole request for one picture that is damaged
// or too large: and as a conversation is sent anew with each request, one such picture would end it for good.
//
// Pictures come from people and from files of their workspaces, so they are hostile: what decoding takes is bounded in
// memory and in number before anything is decoded.
package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"golang.org/x/image/webp"

	"claude-agent-chat/pkg/fault"
)

// What is decoded at all. A few bytes can claim to be a picture of any size.
const (
	maxSide   = 32_000
	maxPixels = 50_000_000
	maxMemory = 400 << 20 // bytes, while it is decoded
	maxScans  = 100       // of a JPEG: each goes over the whole picture again
)

// What the Messages API takes: 5 MB of base64, and sides of 2,000 pixels in a request with many pictures.
const (
	fitBytes = 3_750_000
	fitSide  = 2_000
)

// slots bounds how many pictures are decoded at once.
var slots = make(chan struct{}, 2)

// format is a kind of picture that the Messages API takes.
type format struct {
	mediaType string
	config    func(io.Reader) (image.Config, error)
	decode    func(io.Reader) (image.Image, error)
}

var formats = [...]format{
	{"image/png", png.DecodeConfig, png.Decode},
	{"image/jpeg", jpeg.DecodeConfig, jpeg.Decode},
	{"image/gif", gif.DecodeConfig, gif.Decode},
	{"image/webp", webp.DecodeConfig, webp.Decode},
}

// Type is the media type of a picture that Fit may take, from its first bytes; empty for everything else.
func Type(data []byte) string {
	if f := formatOf(data); f != nil {
		return f.mediaType
	}
	return ""
}

func formatOf(data []byte) *format {
	kind := http.DetectContentType(data)
	for i := range formats {
		if formats[i].mediaType == kind {
			return &formats[i]
		}
	}
	return nil
}

// Size gives the sides of a picture in pixels, as it is shown; zeros if they cannot be told.
func Size(data []byte) (width, height int) {
	f := formatOf(data)
	if f == nil {
		return 0, 0
	}
	c, err := f.config(bytes.NewReader(data))
	if err != nil {
		return 0, 0
	}
	if orientation(data) >= sideways {
		return c.Height, c.Width
	}
	return c.Width, c.Height
}

// Fit gives a picture that the Messages API takes, and its media type: the data itself where it can be, else the picture
// made smaller. One that would take too much to decode, or stays too large, is fault.TooLarge; what cannot be decoded as
// a whole is fault.Invalid. It waits while others decode; a call takes seconds at worst.
func Fit(data []byte) (out []byte, mediaType string, err error) {
	f := formatOf(data)
	if f == nil {
		return nil, "", fault.New(fault.Invalid, "A picture must be PNG, JPEG, GIF or WebP.")
	}
	c, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, "", damaged()
	}
	if err := f.affordable(data, c); err != nil {
		return nil, "", err
	}
	slots <- struct{}{}
	defer func() { <-slots }()
	img, err := f.whole(data)
	switch {
	case err != nil:
		return nil, "", err
	case max(c.Width, c.Height) <= fitSide && len(data) <= fitBytes:
		return data, f.mediaType, nil
	}
	return shrink(img, f.mediaType, orientation(data))
}

func damaged() error {
	return fault.New(fault.Invalid, "The picture is damaged, or of a kind that cannot be shown.")
}

// affordable refuses what would take too much memory or time.
func (f *format) affordable(data []byte, c image.Config) error {
	pixels := int64(c.Width) * int64(c.Height)
	switch {
	case c.Width <= 0 || c.Height <= 0:
		return damaged()
	case c.Width > maxSide || c.Height > maxSide || pixels > maxPixels:
		return fault.New(fault.TooLarge, "The picture has %d by %d pixels. It may have %d million of them, and %d on a side.",
			c.Width, c.Height, maxPixels/1_000_000, maxSide)
	case pixels*f.perPixel(data, c) > maxMemory:
		return fault.New(fault.TooLarge, "The picture has %d by %d pixels, which is too many for one of its kind.", c.Width, c.Height)
	case f.mediaType == "image/jpeg" && scans(data) > maxScans:
		return damaged()
	}
	return nil
}

// perPixel is how many bytes decoding takes for each pixel.
func (f *format) perPixel(data []byte, c image.Config) int64 {
	switch {
	case f.mediaType == "image/webp":
		return 8 // the pixels, and those of its alpha channel.
	case f.mediaType == "image/jpeg" && progressive(data):
		return 5 * channels(c.ColorModel) // 4 for the coefficients of each.
	case f.mediaType == "image/png" && interlaced(data):
		return 2 * channels(c.ColorModel)
	}
	return channels(c.ColorModel)
}

// channels is how many bytes a pixel has.
func channels(model color.Model) int64 {
	switch model {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, ok := model.(color.Palette); ok {
		return 1
	}
	return 4
}

// interlaced says whether a PNG is stored in passes, each of which is a picture of its own.
func interlaced(data []byte) bool {
	const flag = 28 // behind the signature, and the beginning of the first chunk.
	return len(data) > flag && data[flag] != 0
}

// whole decodes the picture. What decoders do about a file that nobody foresaw must not end the process.
func (f *format) whole(data []byte) (img image.Image, err error) {
	defer func() {
		if recover() != nil {
			err = damaged()
		}
	}()
	if img, err = f.decode(bytes.NewReader(data)); err != nil || img.Bounds().Empty() {
		return nil, damaged()
	}
	return img, nil
}
