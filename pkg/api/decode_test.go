package api

import (
	"encoding/json"
	"testing"

	"claude-agent-chat/pkg/fault"
)

// FuzzDecodeObject feeds anything to the decoder of bodies: it must answer with the value or with a 400, and take
// nothing that is no JSON object.
func FuzzDecodeObject(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"title":"x","pinned":true}`, `{"title":5}`, "[1]", "null", "{\"a\":\xff}", `{"title":"\ud800"}`, `{}{}`, "{}\v", "\u00a0{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var patch sessionPatch
		err := decodeObject(body, &patch)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v is no %s", err, fault.Invalid)
			}
			return
		}
		var whole map[string]json.RawMessage
		if json.Unmarshal(body, &whole) != nil || whole == nil {
			t.Fatalf("%q was taken and is no object", body)
		}
	})
}
