package anthropictest

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxBody bounds a request, in bytes, as the API does with 32 MB and some room.
const maxBody = 64 << 20

var errTooLarge = errors.New("request is too large")

// Request is one request as the model sees it.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	// Header has "[redacted]" for each secret; see [Request.HasKey].
	Header http.Header
	// Body is what was sent, whole.
	Body      json.RawMessage
	Model     string
	MaxTokens int
	Stream    bool
	// Thinking says that the request asks for thinking.
	Thinking bool
	System   string
	Tools    []string
	Messages []Message

	key    [sha256.Size]byte
	schema json.RawMessage
}

// Message is one message of a request.
type Message struct {
	Role   string
	Blocks []Block
}

// Block is one content block of a message. A message that is a plain string has one text block.
type Block struct {
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	ToolUseID string          `json:"tool_use_id"`
	IsError   bool            `json:"is_error"`
	Content   json.RawMessage `json:"content"`
}

// ResultText is the text of a tool_result block.
func (b Block) ResultText() string { return blocksText(contentBlocks(b.Content)) }

// HasKey reports whether the request carried this key as X-Api-Key.
func (r *Request) HasKey(key string) bool { return r.key == sha256.Sum256([]byte(key)) }

// Last is the last message; the zero Message if there is none.
func (r *Request) Last() Message {
	if len(r.Messages) == 0 {
		return Message{}
	}
	return r.Messages[len(r.Messages)-1]
}

// Text is all text of the message.
func (m Message) Text() string { return blocksText(m.Blocks) }

// Results are the tool results in the message.
func (m Message) Results() []Block {
	var out []Block
	for _, b := range m.Blocks {
		if b.Type == "tool_result" {
			out = append(out, b)
		}
	}
	return out
}

func blocksText(blocks []Block) string {
	var parts []string
	for _, b := range blocks {
		if b.Type == "text" {
			parts = append(parts, b.Text)
		}
	}
	return strings.Join(parts, "\n")
}

// contentBlocks reads a content that is a string or an array of blocks.
func contentBlocks(raw json.RawMessage) []Block {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []Block{{Type: "text", Text: text}}
	}
	var blocks []Block
	if json.Unmarshal(raw, &blocks) != nil {
		return nil
	}
	return blocks
}

// readRequest reads and understands a request to /v1/messages.
func readRequest(hr *http.Request) (*Request, error) {
	r := &Request{Method: hr.Method, Path: hr.URL.Path, Query: hr.URL.Query(), Header: hr.Header.Clone()}
	r.key = sha256.Sum256([]byte(hr.Header.Get("X-Api-Key")))
	for _, name := range []string{"X-Api-Key", "Authorization", "Cookie", "Proxy-Authorization"} {
		if r.Header.Get(name) != "" {
			r.Header.Set(name, "[redacted]")
		}
	}
	body, err := io.ReadAll(io.LimitReader(hr.Body, maxBody+1))
	if err != nil {
		return r, fmt.Errorf("read request: %w", err)
	}
	if len(body) > maxBody {
		return r, errTooLarge
	}
	r.Body = body
	return r, r.parse()
}

// parse fills in what the body says.
func (r *Request) parse() error {
	var w struct {
		Model     string `json:"model"`
		MaxTokens int    `json:"max_tokens"`
		Stream    bool   `json:"stream"`
		Thinking  struct {
			Type string `json:"type"`
		} `json:"thinking"`
		System json.RawMessage `json:"system"`
		Tools  []struct {
			Name string `json:"name"`
		} `json:"tools"`
		Messages []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
		OutputFormat schemaFormat `json:"output_format"`
		OutputConfig struct {
			Format schemaFormat `json:"format"`
		} `json:"output_config"`
	}
	if err := json.Unmarshal(r.Body, &w); err != nil {
		return fmt.Errorf("request is not what the Messages API takes: %w", err)
	}
	r.Model, r.MaxTokens, r.Stream = w.Model, w.MaxTokens, w.Stream
	r.Thinking = w.Thinking.Type == "enabled" || w.Thinking.Type == "adaptive"
	r.System = blocksText(contentBlocks(w.System))
	for _, t := range w.Tools {
		r.Tools = append(r.Tools, t.Name)
	}
	for _, m := range w.Messages {
		r.Messages = append(r.Messages, Message{Role: m.Role, Blocks: contentBlocks(m.Content)})
	}
	r.schema = w.OutputFormat.Schema
	if len(w.OutputConfig.Format.Schema) > 0 {
		r.schema = w.OutputConfig.Format.Schema
	}
	return r.validate()
}

type schemaFormat struct {
	Schema json.RawMessage `json:"schema"`
}

// validate holds a request against the rules of the API that are broken most easily.
func (r *Request) validate() error {
	if r.Model == "" {
		return errors.New("model: field required")
	}
	if len(r.Messages) == 0 {
		return errors.New("messages: at least one message is required")
	}
	var open map[string]bool
	for i, m := range r.Messages {
		if m.Role != "user" && m.Role != "assistant" && m.Role != "system" {
			return fmt.Errorf("messages.%d.role: unexpected value", i)
		}
		if len(m.Blocks) == 0 {
			return fmt.Errorf("messages.%d: content must not be empty", i)
		}
		next := map[string]bool{}
		for _, b := range m.Blocks {
			switch b.Type {
			case "text":
				if strings.TrimSpace(b.Text) == "" {
					return fmt.Errorf("messages.%d: text content blocks must contain non-whitespace text", i)
				}
			case "tool_use":
				if len(b.Input) == 0 || b.Input[0] != '{' {
					return fmt.Errorf("messages.%d: tool_use.input: input should be an object", i)
				}
				next[b.ID] = true
			case "tool_result":
				if !open[b.ToolUseID] {
					return fmt.Errorf("messages.%d: unexpected tool_use_id in tool_result blocks: %s", i, b.ToolUseID)
				}
				delete(open, b.ToolUseID)
			}
		}
		if len(open) > 0 {
			return fmt.Errorf("messages.%d: tool_use ids were found without tool_result blocks immediately after", i-1)
		}
		open = next
	}
	if len(open) > 0 {
		return errors.New("messages: the last tool_use has no tool_result")
	}
	return nil
}
