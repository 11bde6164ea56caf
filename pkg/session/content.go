package session

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/picture"
)

// The limits of a prompt, its images in base64 and as they came.
const (
	maxPromptBytes  = 8 << 20
	maxPromptImages = 20
)

// promptContent turns the blocks of a prompt into message content: a string when it is one text, an array otherwise. It
// also gives the text for titles.
func promptContent(blocks []acp.ContentBlock) (content json.RawMessage, text string, err error) {
	if len(blocks) == 0 {
		return nil, "", fault.New(fault.Invalid, "The prompt is empty.")
	}
	if err := checkSize(blocks); err != nil {
		return nil, "", err
	}
	out := make([]any, 0, len(blocks))
	var texts []string
	for _, b := range blocks {
		block, plain, err := promptBlock(b)
		if err != nil {
			return nil, "", err
		}
		out = append(out, block)
		if plain != "" {
			texts = append(texts, plain)
		}
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

// checkSize refuses a prompt that is too large, before anything is made of it.
func checkSize(blocks []acp.ContentBlock) error {
	size, images := 0, 0
	for _, b := range blocks {
		size += len(b.Text) + len(b.Data) + len(b.Name) + len(b.URI)
		if b.Resource != nil {
			size += len(b.Resource.URI) + len(b.Resource.Text)
		}
		if b.Type == "image" {
			images++
		}
	}
	switch {
	case size > maxPromptBytes:
		return fault.New(fault.TooLarge, "The prompt is larger than %d MB.", maxPromptBytes>>20)
	case images > maxPromptImages:
		return fault.New(fault.TooLarge, "The prompt has more than %d images.", maxPromptImages)
	}
	return nil
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
		block, err = promptImage(b.Data)
		return block, "", err
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

// promptImage makes an image fit for the Messages API. What it is, its content says: people's programs err about that.
func promptImage(encoded string) (imageBlock, error) {
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return imageBlock{}, fault.New(fault.Invalid, "The data of an image must be base64.")
	}
	fitting, mediaType, err := picture.Fit(data)
	if err != nil {
		return imageBlock{}, err
	}
	return imageBlock{"image", imageSource{"base64", mediaType, base64.StdEncoding.EncodeToString(fitting)}}, nil
}
