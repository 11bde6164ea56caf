package session

import (
	"encoding/json"
	"fmt"
	"strings"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/fault"
)

// The limits of a prompt. The Messages API refuses larger images.
const (
	maxPromptBytes = 8 << 20
	maxImageBytes  = 5 << 20 // of base64
)

// imageTypes are the images that the Messages API takes.
var imageTypes = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// promptContent turns the blocks of a prompt into message content: a string when it is one text, an array otherwise. It
// also gives the text for titles.
func promptContent(blocks []acp.ContentBlock) (content json.RawMessage, text string, err error) {
	if len(blocks) == 0 {
		return nil, "", fault.New(fault.Invalid, "The prompt is empty.")
	}
	out := make([]any, 0, len(blocks))
	var texts []string
	size := 0
	for _, b := range blocks {
		block, plain, err := promptBlock(b)
		if err != nil {
			return nil, "", err
		}
		size += len(plain) + len(b.Data)
		out = append(out, block)
		if plain != "" {
			texts = append(texts, plain)
		}
	}
	if size > maxPromptBytes {
		return nil, "", fault.New(fault.TooLarge, "The prompt is larger than %d MB.", maxPromptBytes>>20)
	}
	text = strings.TrimSpace(strings.Join(texts, "\n"))
	if text == "" && len(texts) == len(out) {
		return nil, "", fault.New(fault.Invalid, "The prompt is empty.")
	}
	if len(out) == 1 && len(texts) == 1 {
		content, err = json.Marshal(texts[0])
	} else {
		content, err = json.Marshal(out)
	}
	return content, text, err
}

// textContent is one text block.
func textContent(text string) json.RawMessage {
	data, err := json.Marshal(textBlock{"text", text})
	if err != nil {
		return nil // a string always has a form.
	}
	return data
}

// quote is a text as a JSON string.
func quote(text string) json.RawMessage {
	data, err := json.Marshal(text)
	if err != nil {
		return nil // as above.
	}
	return data
}

type textBlock struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type imageBlock struct {
	Type   string      `json:"type"`
	Source imageSource `json:"source"`
}

type imageSource struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type"`
	Data      string `json:"data"`
}

// promptBlock turns one block; plain is its text, empty for an image.
func promptBlock(b acp.ContentBlock) (block any, plain string, err error) {
	switch b.Type {
	case "text":
		return textBlock{"text", b.Text}, b.Text, nil
	case "image":
		if !imageTypes[b.MimeType] {
			return nil, "", fault.New(fault.Invalid, "Images must be PNG, JPEG, GIF or WebP.")
		}
		if len(b.Data) == 0 || len(b.Data) > maxImageBytes {
			return nil, "", fault.New(fault.TooLarge, "An image must hold between 1 byte and %d MB.", maxImageBytes>>20)
		}
		return imageBlock{"image", imageSource{"base64", b.MimeType, b.Data}}, "", nil
	case "resource_link":
		plain = fmt.Sprintf("[%s](%s)", b.Name, b.URI)
		return textBlock{"text", plain}, plain, nil
	case "resource":
		if b.Resource == nil || b.Resource.Blob != "" {
			return nil, "", fault.New(fault.Invalid, "An embedded resource must be text.")
		}
		plain = fmt.Sprintf("%s\n\n```\n%s\n```", b.Resource.URI, b.Resource.Text)
		return textBlock{"text", plain}, plain, nil
	default:
		return nil, "", fault.New(fault.Invalid, "A prompt cannot hold content of the type %q.", b.Type)
	}
}
