package mcp

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	_ "image/gif"  // so that the size of a GIF can be read.
	_ "image/jpeg" // the same for JPEG.
	_ "image/png"  // the same for PNG.
	"net/http"
	"strings"
	"unicode/utf8"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// The bounds of a result.
const (
	maxText   = 100_000   // characters
	maxImage  = 3_750_000 // bytes of an image; the Messages API takes 5 MB in base64
	maxImages = 10
	maxPixels = 8000 // on a side
)

// block is a block of content as the Messages API has it.
type block struct {
	Type   string  `json:"type"`
	Text   string  `json:"text,omitempty"`
	Source *source `json:"source,omitempty"`
}

type source struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type"`
	Data      string `json:"data"`
}

// blocks gathers the content of a result within its bounds.
type blocks struct {
	list   []block
	room   int // characters that there is room for
	left   int // characters that were left out
	images int
}

// toolBlocks is the result of a tool.
func toolBlocks(answer *sdk.CallToolResult) *blocks {
	b := &blocks{room: maxText}
	for _, each := range answer.Content {
		b.add(each)
	}
	if answer.StructuredContent != nil && !b.hasText() {
		if data, err := json.Marshal(answer.StructuredContent); err == nil {
			b.text(string(data))
		}
	}
	return b.done()
}

// resourceBlocks is what is in a resource.
func resourceBlocks(answer *sdk.ReadResourceResult) *blocks {
	b := &blocks{room: maxText}
	for _, each := range answer.Contents {
		b.resource(each)
	}
	return b.done()
}

func (b *blocks) add(content sdk.Content) {
	switch c := content.(type) {
	case *sdk.TextContent:
		b.text(c.Text)
	case *sdk.ImageContent:
		b.image(c.Data)
	case *sdk.AudioContent:
		b.text(fmt.Sprintf("[a sound of %d bytes, which cannot be shown]", len(c.Data)))
	case *sdk.EmbeddedResource:
		b.resource(c.Resource)
	case *sdk.ResourceLink:
		b.text(strings.TrimSpace(fmt.Sprintf("[resource %s] %s %s", c.URI, c.Name, c.Description)))
	default:
		b.text("[something that cannot be shown]")
	}
}

func (b *blocks) resource(r *sdk.ResourceContents) {
	switch {
	case r == nil:
	case len(r.Blob) == 0:
		b.text(fmt.Sprintf("[resource %s]\n%s", r.URI, r.Text))
	case imageType(r.Blob) != "":
		b.image(r.Blob)
	default:
		b.text(fmt.Sprintf("[resource %s: %d bytes of %s, which cannot be shown]", r.URI, len(r.Blob), r.MIMEType))
	}
}

// text adds a text, or as much of it as there is room for. Blank ones are nothing, and the Messages API does not take them.
func (b *blocks) text(text string) {
	short, left := clip(strings.Map(keep, text), b.room)
	b.left += left
	if strings.TrimSpace(short) == "" {
		return
	}
	b.room -= utf8.RuneCountInString(short)
	b.list = append(b.list, block{Type: "text", Text: short})
}

// image adds an image, if it is one that the Messages API takes: a single one that it does not take would spoil every further
// request of the conversation. What the server calls it does not matter.
func (b *blocks) image(data []byte) {
	kind := imageType(data)
	switch {
	case kind == "":
		b.text(fmt.Sprintf("[an image of %d bytes that is none, or is damaged]", len(data)))
	case len(data) > maxImage:
		b.text(fmt.Sprintf("[an image of %d KB; at most %d KB can be shown]", len(data)>>10, maxImage>>10))
	case b.images == maxImages:
		b.text(fmt.Sprintf("[one more image; at most %d can be shown]", maxImages))
	default:
		b.images++
		b.list = append(b.list, block{Type: "image", Source: &source{"base64", kind, base64.StdEncoding.EncodeToString(data)}})
	}
}

// imageType is the media type of an image, from its bytes; empty for what is none, is damaged or too large on a side.
func imageType(data []byte) string {
	kind := http.DetectContentType(data)
	switch kind {
	case "image/webp":
		return kind // its size cannot be read here.
	case "image/png", "image/jpeg", "image/gif":
		config, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err == nil && max(config.Width, config.Height) <= maxPixels {
			return kind
		}
	}
	return ""
}

func (b *blocks) hasText() bool {
	for _, each := range b.list {
		if each.Type == "text" {
			return true
		}
	}
	return false
}

// done says what was left out, and never leaves nothing.
func (b *blocks) done() *blocks {
	if b.left > 0 {
		b.list = append(b.list, block{Type: "text", Text: fmt.Sprintf("... [%d characters left out]", b.left)})
	}
	if len(b.list) == 0 {
		b.list = []block{{Type: "text", Text: "(completed with no output)"}}
	}
	return b
}

// plain is the text of the content alone.
func (b *blocks) plain() string {
	var texts []string
	for _, each := range b.list {
		if each.Type == "text" {
			texts = append(texts, each.Text)
		} else {
			texts = append(texts, "[an image]")
		}
	}
	return strings.Join(texts, "\n")
}
