package mcp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/url"
	"os"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// fakeArg is the argument with which this program is a server instead of a test.
const fakeArg = "mcp-fake"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == fakeArg {
		fakes[os.Args[2]]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fakes are servers, by name. They speak on standard input and output, and end with it.
var fakes = map[string]func(){
	"good":   func() { serveGood() },
	"banner": func() { fmt.Print("Welcome!\n[INFO] listening\n{\"level\":\"info\"}\n\n"); serveGood() },
	"flood":  func() { flood("x") },
	"notify": func() { flood(`{"jsonrpc":"2.0","method":"notifications/message","params":{}}` + "\n") },
	"garbage": func() {
		for range 200 {
			fmt.Println("\x1b[31mgarbage\x1b[0m \x07{")
		}
		_, _ = bufio.NewReader(os.Stdin).ReadString(0)
	},
	"complaint": func() { fmt.Fprint(os.Stderr, "\x1b[1mno\x00 such token\n"); os.Exit(3) },
	// The method has optional params, and the library's own handler of it does not know that.
	"poison": func() {
		fmt.Println(`{"jsonrpc":"2.0","method":"notifications/elicitation/complete"}`)
		fmt.Println(`{"jsonrpc":"2.0","id":7,"method":"elicitation/create"}`)
		fmt.Println(`{"jsonrpc":"2.0","id":8,"method":"sampling/createMessage","params":{"messages":[null]}}`)
		serveGood()
	},
	"schemas": func() { serveRaw(map[string]string{"initialize": greeting, "tools/list": oddTools()}) },
	"pager": func() {
		serveRaw(map[string]string{"initialize": greeting, "tools/list": `{"tools":[null],"nextCursor":"again"}`})
	},
	"modern": func() {
		serveRaw(map[string]string{
			"server/discover": `{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}`,
			"tools/list":      `{"tools":[{"name":"new","inputSchema":{"type":"object"}}],"resultType":"complete"}`,
			"tools/call":      `{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create","params":{}}}}`,
		})
	},
	"nulls": func() {
		serveRaw(map[string]string{
			"initialize": `{"protocolVersion":"2025-06-18","capabilities":{"tools":{},"prompts":{},"resources":{}},"serverInfo":null}`,
			"tools/list": `{"tools":[{"name":"t","inputSchema":{"type":"object"}}]}`, "tools/call": `null`,
			"prompts/list": `{"prompts":[null,{"name":"p","arguments":[null]}]}`, "prompts/get": `{"messages":[null]}`,
			"resources/list": `{"resources":[null]}`, "resources/read": `{"contents":[null]}`,
		})
	},
	// It reads the greeting and the list, and then nothing any more.
	"deaf": func() {
		answers := map[string]string{"initialize": greeting, "tools/list": `{"tools":[{"name":"t","inputSchema":{"type":"object"}}]}`}
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			answerRaw(lines.Bytes(), answers)
			if bytes.Contains(lines.Bytes(), []byte(`"tools/list"`)) {
				select {}
			}
		}
	},
}

const greeting = `{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"raw","version":"1"}}`

// oddTools are tools of which only "fine", "bare" and the first "twice" may be offered.
func oddTools() string {
	schema := func(s string) string { return `"inputSchema":` + s }
	tools := []string{
		`{"name":"fine",` + schema(`{"type":"object","properties":{"a":{"type":"string","pattern":"(?=x)"}}}`) + `}`,
		`{"name":"bare","description":"a\u0000\u001b[31mb\u202e\udb40\udc41","inputSchema":{}}`,
		`{"name":"twice!",` + schema(`{"type":"object"}`) + `}`,
		`{"name":"twice?",` + schema(`{"type":"object"}`) + `}`,
		`{"name":"none"}`,
		`{"name":"list",` + schema(`[]`) + `}`,
		`{"name":"string",` + schema(`{"type":"string"}`) + `}`,
		`{"name":"wrong",` + schema(`{"type":"object","required":true}`) + `}`,
		`{"name":"top",` + schema(`{"type":"object","anyOf":[{}]}`) + `}`,
		`{"name":"field",` + schema(`{"type":"object","properties":{"a b":{}}}`) + `}`,
		`{"name":"huge",` + schema(`{"type":"object","description":"`+strings.Repeat("x", 65<<10)+`"}`) + `}`,
		`{"name":"` + strings.Repeat("n", 200) + `",` + schema(`{"type":"object"}`) + `}`,
		`{"name":"",` + schema(`{"type":"object"}`) + `}`,
	}
	return `{"tools":[` + strings.Join(tools, ",") + `]}`
}

// flood writes 100 MB, in pieces.
func flood(piece string) {
	out := bufio.NewWriter(os.Stdout)
	for range (100 << 20) / len(piece) {
		if _, err := out.WriteString(piece); err != nil {
			return
		}
	}
}

// serveRaw answers each method with a result, and others with an error.
func serveRaw(results map[string]string) {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		answerRaw(lines.Bytes(), results)
	}
}

func answerRaw(line []byte, results map[string]string) {
	var request struct {
		ID     json.RawMessage
		Method string
	}
	if json.Unmarshal(line, &request) != nil || len(request.ID) == 0 {
		return
	}
	if result, ok := results[request.Method]; ok {
		fmt.Printf(`{"jsonrpc":"2.0","id":%s,"result":%s}`+"\n", request.ID, result)
		return
	}
	fmt.Printf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no method \u001b[1m%s"}}`+"\n", request.ID, request.Method)
}

func serveGood() {
	if err := goodServer(nil).Run(context.Background(), &sdk.StdioTransport{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

type args struct {
	Text string `json:"text,omitempty"`
}

type handler = func(context.Context, *sdk.CallToolRequest, args) (*sdk.CallToolResult, any, error)

// gives is a tool that always gives the same.
func gives(content ...sdk.Content) handler {
	return func(context.Context, *sdk.CallToolRequest, args) (*sdk.CallToolResult, any, error) {
		return &sdk.CallToolResult{Content: content}, nil, nil
	}
}

func text(s string) *sdk.TextContent { return &sdk.TextContent{Text: s} }

// goodServer is a server that does everything right, unless it is asked to do otherwise. What hangs in it ends with release.
func goodServer(release <-chan struct{}) *sdk.Server {
	s := sdk.NewServer(&sdk.Implementation{Name: "good", Version: "1"}, &sdk.ServerOptions{PageSize: 3})
	for name, do := range map[string]handler{
		"echo": func(_ context.Context, _ *sdk.CallToolRequest, in args) (*sdk.CallToolResult, any, error) {
			return &sdk.CallToolResult{Content: []sdk.Content{text(in.Text)}}, nil, nil
		},
		"long":  gives(text("  "), text(strings.Repeat("é", 150_000)), text("more")),
		"mixed": gives(text("a\x1b[1m\x00"), &sdk.ImageContent{Data: picture(2), MIMEType: "image/jpeg"}, &sdk.AudioContent{Data: []byte("xyz")}, &sdk.ResourceLink{URI: "a:b", Name: "link"}),
		"pictures": gives(&sdk.ImageContent{Data: []byte("<svg/>"), MIMEType: "image/png"}, &sdk.ImageContent{Data: append(picture(1), make([]byte, 4<<20)...)},
			&sdk.ImageContent{Data: picture(9000)}),
		"embedded": gives(&sdk.EmbeddedResource{Resource: &sdk.ResourceContents{URI: "a:t", Text: "inside"}},
			&sdk.EmbeddedResource{Resource: &sdk.ResourceContents{URI: "a:b", MIMEType: "x/y", Blob: []byte("zz")}}),
		"empty": gives(),
		"fail": func(context.Context, *sdk.CallToolRequest, args) (*sdk.CallToolResult, any, error) {
			return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{text("it is broken"), &sdk.ImageContent{Data: picture(1)}}}, nil, nil
		},
		"env": func(context.Context, *sdk.CallToolRequest, args) (*sdk.CallToolResult, any, error) {
			dir, _ := os.Getwd()
			return &sdk.CallToolResult{Content: []sdk.Content{text(dir + "\n" + strings.Join(os.Environ(), "\n"))}}, nil, nil
		},
		"die": func(context.Context, *sdk.CallToolRequest, args) (*sdk.CallToolResult, any, error) {
			fmt.Fprintln(os.Stderr, "out of memory")
			os.Exit(4)
			return nil, nil, nil
		},
		"hang": func(ctx context.Context, _ *sdk.CallToolRequest, _ args) (*sdk.CallToolResult, any, error) {
			select {
			case <-ctx.Done():
			case <-release:
			}
			return nil, nil, ctx.Err()
		},
		"roots": func(ctx context.Context, req *sdk.CallToolRequest, _ args) (*sdk.CallToolResult, any, error) {
			list, err := req.Session.ListRoots(ctx, nil) //nolint:staticcheck // servers of today ask for it.
			if err != nil {
				return nil, nil, err
			}
			_, refused := req.Session.CreateMessage(ctx, &sdk.CreateMessageParams{MaxTokens: 1, Messages: []*sdk.SamplingMessage{}}) //nolint:staticcheck // it must be refused.
			at, _ := url.Parse(list.Roots[0].URI)
			return &sdk.CallToolResult{Content: []sdk.Content{text(fmt.Sprintf("%d %s %v", len(list.Roots), at.Path, refused != nil))}}, nil, nil
		},
		"add": func(context.Context, *sdk.CallToolRequest, args) (*sdk.CallToolResult, any, error) {
			sdk.AddTool(s, &sdk.Tool{Name: "added"}, gives(text("new")))
			return nil, nil, nil
		},
	} {
		sdk.AddTool(s, &sdk.Tool{Name: name, Description: "It does " + name + ".", Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true}}, do)
	}
	s.AddTool(&sdk.Tool{Name: "structured", InputSchema: json.RawMessage(`{"type":"object"}`)}, func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return &sdk.CallToolResult{StructuredContent: map[string]int{"n": 1}}, nil
	})
	offerTexts(s)
	return s
}

// offerTexts adds the resources and the prompts.
func offerTexts(s *sdk.Server) {
	s.AddResource(&sdk.Resource{URI: "note:one", Name: "one", MIMEType: "text/plain"}, func(_ context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: req.Params.URI, Text: "the note"}}}, nil
	})
	arguments := []*sdk.PromptArgument{{Name: "file", Required: true}, {Name: "how"}}
	s.AddPrompt(&sdk.Prompt{Name: "re view", Description: "Reviews a file.", Arguments: arguments}, func(_ context.Context, req *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
		said := fmt.Sprintf("Review %s %s", req.Params.Arguments["file"], req.Params.Arguments["how"])
		return &sdk.GetPromptResult{Messages: []*sdk.PromptMessage{{Role: "user", Content: text(said)}}}, nil
	})
	s.AddPrompt(&sdk.Prompt{Name: "talk"}, func(context.Context, *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
		return &sdk.GetPromptResult{Messages: []*sdk.PromptMessage{
			{Role: "user", Content: text("Hello")},
			{Role: "assistant", Content: &sdk.ImageContent{Data: picture(1), MIMEType: "image/png"}},
		}}, nil
	})
}

// picture is a PNG of so many pixels on one side.
func picture(width int) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width, 1))); err != nil {
		panic(err)
	}
	return out.Bytes()
}
