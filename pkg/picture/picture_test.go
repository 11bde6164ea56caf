package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/picture"
)

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webp1 is a WebP of one pixel.
const webp1 = "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"

// noise is a picture that cannot be compressed.
func noise(w, h int, alpha bool) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	source := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(source.Uint32())
		if i%4 == 3 && !alpha {
			img.Pix[i] = 255
		}
	}
	return img
}

// claim makes a PNG that says that it has some size.
func claim(data []byte, w, h uint32, depth byte) []byte {
	data = bytes.Clone(data)
	binary.BigEndian.PutUint32(data[16:], w)
	binary.BigEndian.PutUint32(data[20:], h)
	data[24] = depth
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// sized makes a JPEG that says that it has some size; kind is the marker of its frame.
func sized(data []byte, w, h uint16, kind byte) []byte {
	data = bytes.Clone(data)
	at := bytes.Index(data, []byte{0xFF, 0xC0})
	data[at+1] = kind
	binary.BigEndian.PutUint16(data[at+5:], h)
	binary.BigEndian.PutUint16(data[at+7:], w)
	return data
}

func TestFitKeepsWhatFits(t *testing.T) {
	img := image.NewPaletted(image.Rect(0, 0, 2000, 3), color.Palette{color.Black, color.White})
	for mediaType, data := range map[string][]byte{
		"image/png": pngOf(t, img), "image/jpeg": jpegOf(t, img), "image/gif": gifOf(t, img), "image/webp": []byte(webp1),
	} {
		out, got, err := picture.Fit(data)
		if err != nil || got != mediaType || !bytes.Equal(out, data) || picture.Type(data) != mediaType {
			t.Errorf("%s: %s, %d bytes of %d, %v", mediaType, got, len(out), len(data), err)
		}
	}
}

// burdened has much behind the picture that is none of it.
func burdened(data []byte) []byte { return append(data, make([]byte, 4_000_000)...) }

func TestFitMakesSmaller(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 6000, 30))
	glass := image.NewNRGBA(image.Rect(0, 0, 10, 2001))
	for name, tt := range map[string]struct {
		data []byte
		kind string
		w, h int
	}{
		"png":           {pngOf(t, grey), "image/png", 2000, 10},
		"jpeg":          {jpegOf(t, grey), "image/jpeg", 2000, 10},
		"gif":           {gifOf(t, image.NewPaletted(grey.Rect, color.Palette{color.Black})), "image/png", 2000, 10},
		"a line":        {pngOf(t, image.NewGray(image.Rect(0, 0, 1, 32000))), "image/png", 1, 2000},
		"transparent":   {pngOf(t, glass), "image/png", 9, 2000},
		"heavy":         {burdened(pngOf(t, noise(600, 600, false))), "image/jpeg", 600, 600},
		"heavy, clear":  {pngOf(t, noise(980, 980, true)), "image/png", 735, 735},
		"with a burden": {burdened(jpegOf(t, grey.SubImage(image.Rect(0, 0, 7, 5)))), "image/jpeg", 7, 5},
		"upside down":   {withOrientation(jpegOf(t, grey), 6), "image/jpeg", 10, 2000},
	} {
		out, kind, err := picture.Fit(tt.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if w, h := picture.Size(out); kind != tt.kind || w != tt.w || h != tt.h || len(out) > 3_750_000 {
			t.Errorf("%s: %s of %d by %d, %d bytes", name, kind, w, h, len(out))
		}
	}
}

func TestFitRefuses(t *testing.T) {
	small := pngOf(t, noise(30, 20, true))
	photo := jpegOf(t, noise(64, 64, false))
	for name, tt := range map[string]struct {
		data []byte
		code fault.Code
	}{
		"nothing":         {nil, fault.Invalid},
		"text":            {[]byte("GIF but not really"), fault.Invalid},
		"a document":      {[]byte("%PDF-1.4"), fault.Invalid},
		"a drawing":       {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), fault.Invalid},
		"only its name":   {[]byte("\x89PNG\r\n\x1a\n"), fault.Invalid},
		"cut off PNG":     {small[:len(small)/2], fault.Invalid},
		"cut off JPEG":    {photo[:len(photo)/2], fault.Invalid},
		"cut off WebP":    {[]byte(webp1)[:25], fault.Invalid},
		"changed PNG":     {append(bytes.Clone(small[:60]), append([]byte{small[60] ^ 1}, small[61:]...)...), fault.Invalid},
		"empty":           {claim(small, 0, 0, 8), fault.Invalid},
		"many pixels":     {claim(small, 30_000, 30_000, 8), fault.TooLarge},
		"a long line":     {claim(small, 32_001, 1, 8), fault.TooLarge},
		"endless":         {claim(small, 1<<31-1, 1<<31-1, 8), fault.Invalid},
		"deep pixels":     {claim(small, 2_001, 1_000, 16), fault.Invalid},
		"in passes":       {sized(photo, 7_000, 7_000, 0xC2), fault.TooLarge},
		"over and over":   {append(bytes.Clone(photo), bytes.Repeat([]byte{0xFF, 0xDA, 0, 8}, 101)...), fault.Invalid},
		"a large GIF":     {[]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00;"), fault.TooLarge},
		"a GIF of no one": {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), fault.Invalid},
	} {
		out, _, err := picture.Fit(tt.data)
		if !fault.Is(err, tt.code) || out != nil || !strings.HasSuffix(err.Error(), ".") {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
	}
	deep := claim(small, 8_000, 6_250, 16)
	deep[28] = 1 // interlaced
	binary.BigEndian.PutUint32(deep[29:], crc32.ChecksumIEEE(deep[12:29]))
	if _, _, err := picture.Fit(deep); !fault.Is(err, fault.TooLarge) {
		t.Errorf("deep pixels in passes: %v", err)
	}
}

// withOrientation adds a camera's note to a JPEG.
func withOrientation(data []byte, turn byte) []byte {
	note := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00" +
		"\x0f\x01\x02\x00\x01\x00\x00\x00X\x00\x00\x00" + "\x12\x01\x03\x00\x01\x00\x00\x00" + string([]byte{turn}) + "\x00\x00\x00" + "\x00\x00\x00\x00"
	segment := append([]byte{0xFF, 0xE1, 0, byte(len(note) + 2)}, note...)
	return append(append(bytes.Clone(data[:2]), segment...), data[2:]...)
}

// TestFitTurns holds the corners of a picture, turned as its camera notes, against where people see them.
func TestFitTurns(t *testing.T) {
	corners := []color.Gray{{0}, {85}, {170}, {255}} // top left, top right, bottom left, bottom right
	img := image.NewGray(image.Rect(0, 0, 2400, 120))
	for y := range 120 {
		for x := range 2400 {
			img.SetGray(x, y, corners[x/1200+y/60*2])
		}
	}
	for turn, want := range [][4]uint8{
		1: {0, 85, 170, 255}, 2: {85, 0, 255, 170}, 3: {255, 170, 85, 0}, 4: {170, 255, 0, 85},
		5: {0, 170, 85, 255}, 6: {170, 0, 255, 85}, 7: {255, 85, 170, 0}, 8: {85, 255, 0, 170},
	} {
		if turn == 0 {
			continue
		}
		data := withOrientation(jpegOf(t, img), byte(turn))
		out, _, err := picture.Fit(data)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		size := seen.Bounds().Size()
		if w, h := picture.Size(data); (w > h) != (size.X > size.Y) {
			t.Errorf("%d: it is said to be %d by %d, and is %v", turn, w, h, size)
		}
		for i, at := range []image.Point{{9, 9}, {size.X - 9, 9}, {9, size.Y - 9}, {size.X - 9, size.Y - 9}} {
			if got := color.GrayModel.Convert(seen.At(at.X, at.Y)).(color.Gray).Y; max(got, want[i])-min(got, want[i]) > 20 {
				t.Errorf("%d: corner %d is %d, not %d", turn, i, got, want[i])
			}
		}
	}
}

func FuzzFit(f *testing.F) {
	img := noise(9, 7, true)
	photo := withOrientation(jpegOf(f, img), 3)
	for _, seed := range [][]byte{pngOf(f, img), photo, gifOf(f, img), []byte(webp1), sized(photo, 9, 7, 0xC2), photo[:40]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out, kind, err := picture.Fit(data)
		if err != nil {
			return
		}
		if w, h := picture.Size(out); picture.Type(out) != kind || w < 1 || h < 1 || w > 2000 || h > 2000 || len(out) > 3_750_000 {
			t.Errorf("%s of %d by %d, %d bytes", kind, w, h, len(out))
		}
	})
}
