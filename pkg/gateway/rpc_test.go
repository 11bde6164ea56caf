package gateway

import (
	"encoding/json"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/fault"
)

// FuzzMessage feeds frames to the decoders of the edge; whatever comes, an answer to it is valid JSON.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"session/prompt","params":{"sessionId":"s","prompt":[{"type":"text","text":"x"}]}}`,
		`{"jsonrpc":"2.0","id":"a","result":{"outcome":{"outcome":"selected","optionId":"allow"}}}`,
		`{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"m"}}`, `[]`, `7`, `{"id":-1e999}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m message
		if json.Unmarshal(data, &m) != nil {
			return
		}
		if m.hasID() && m.validID() {
			if out := response(m.ID, nil, failureOf(fault.New(fault.Invalid, "%s", m.Method))); !json.Valid(out) {
				t.Errorf("the answer %q is no JSON", out)
			}
		}
		_, _ = decode[acp.PromptRequest](m.Params)
		_, _ = decode[acp.SetConfigOptionRequest](m.Params)
		_, _ = decode[acp.InitializeRequest](m.Params)
	})
}

func TestShapeErrorNamesTheMember(t *testing.T) {
	_, err := decode[acp.PromptRequest](json.RawMessage(`{"sessionId":7,"prompt":[]}`))
	if want := "The params are not of the method's shape: the member sessionId should be of type string."; fault.Message(err) != want {
		t.Errorf("the sentence is %q", fault.Message(err))
	}
}

func TestNormalOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"http://localhost:5000": "http://localhost:5000", "HTTPS://Chat.Example:443": "https://chat.example",
		"http://a:80": "http://a", "null": "", "": "", "ftp://a": "", "a.example": "",
	} {
		if got := normalOrigin(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}
