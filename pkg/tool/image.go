package tool

import (
	"encoding/base64"

	"claude-agent-chat/pkg/picture"
)

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
	Base64       string     `json:"base64"`
	Type         string     `json:"type"`
	OriginalSize int        `json:"originalSize"`
	Dimensions   dimensions `json:"dimensions"`
}

type dimensions struct {
	OriginalWidth  int `json:"originalWidth"`
	OriginalHeight int `json:"originalHeight"`
	DisplayWidth   int `json:"displayWidth"`
	DisplayHeight  int `json:"displayHeight"`
}

// showImage shows a picture, made smaller where the model could not see it otherwise.
func showImage(data []byte) (Result, error) {
	fitting, kind, err := picture.Fit(data)
	if err != nil {
		return refuseFor(err)
	}
	encoded := base64.StdEncoding.EncodeToString(fitting)
	file := imageFile{Base64: encoded, Type: kind, OriginalSize: len(data)}
	file.Dimensions.OriginalWidth, file.Dimensions.OriginalHeight = picture.Size(data)
	file.Dimensions.DisplayWidth, file.Dimensions.DisplayHeight = picture.Size(fitting)
	return result([]imageBlock{{"image", imageSource{"base64", encoded, kind}}}, imageResult{"image", file})
}
