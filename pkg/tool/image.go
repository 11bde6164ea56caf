package tool

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/gif"  // so that the size of a GIF can be read.
	_ "image/jpeg" // the same for JPEG.
	_ "image/png"  // the same for PNG.
	"net/http"
)

// maxImage is the largest image that is shown; the Messages API takes 5 MB in base64.
const maxImage = 3_750_000

type imageBlock struct {
	Type   string      `json:"type"`
	Source imageSource `json:"source"`
}

type imageSource struct {
	Type      string `json:"type"`
	Data      string `json:"data"`
	MediaType string `json:"media_type"`
}

type imageResult struct {
	Type string    `json:"type"`
	File imageFile `json:"file"`
}

type imageFile struct {
	Base64       string      `json:"base64"`
	Type         string      `json:"type"`
	OriginalSize int         `json:"originalSize"`
	Dimensions   *dimensions `json:"dimensions,omitempty"`
}

type dimensions struct {
	OriginalWidth  int `json:"originalWidth"`
	OriginalHeight int `json:"originalHeight"`
	DisplayWidth   int `json:"displayWidth"`
	DisplayHeight  int `json:"displayHeight"`
}

// imageType is the media type of an image that the model can see, from its first bytes; empty for everything else.
func imageType(data []byte) string {
	switch kind := http.DetectContentType(data); kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return kind
	default:
		return ""
	}
}

func showImage(kind string, data []byte) (Result, error) {
	if len(data) > maxImage {
		return refuse("The image has %d KB; at most %d KB can be shown. Make it smaller first.", len(data)>>10, maxImage>>10)
	}
	encoded := base64.StdEncoding.EncodeToString(data)
	file := imageFile{Base64: encoded, Type: kind, OriginalSize: len(data)}
	if config, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil {
		file.Dimensions = &dimensions{config.Width, config.Height, config.Width, config.Height}
	} else if kind != "image/webp" {
		return refuse("The image is damaged and cannot be shown.")
	}
	return result([]imageBlock{{"image", imageSource{"base64", encoded, kind}}}, imageResult{"image", file})
}
