package gateway

import (
	"encoding/json"
	"errors"

	"claude-agent-chat/pkg/fault"
)

// The error codes of JSON-RPC 2.0 and of ACP.
const (
	codeParse          = -32700
	codeInvalidRequest = -32600
	codeUnknownMethod  = -32601
	codeInvalidParams  = -32602
	codeInternal       = -32603
	codeAuthRequired   = -32000
	codeNotFound       = -32002
)

// message is any JSON-RPC 2.0 message that comes in.
type message struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *rpcError       `json:"error"`
}

// hasID reports whether the message is a request or a response, not a notification.
func (m *message) hasID() bool { return len(m.ID) > 0 }

// validID reports whether the id is what JSON-RPC allows: a string, a number or null, of sane length.
func (m *message) validID() bool {
	if len(m.ID) > 256 {
		return false
	}
	c := m.ID[0]
	return c == '"' || c == '-' || c == 'n' || (c >= '0' && c <= '9')
}

// rpcError is the error member of a response.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// response frames an answer to a request.
func response(id json.RawMessage, result any, failure *rpcError) []byte {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	var data []byte
	var err error
	if failure != nil {
		data, err = json.Marshal(struct {
			JSONRPC string          `json:"jsonrpc"`
			ID      json.RawMessage `json:"id"`
			Error   *rpcError       `json:"error"`
		}{"2.0", id, failure})
	} else {
		data, err = json.Marshal(struct {
			JSONRPC string          `json:"jsonrpc"`
			ID      json.RawMessage `json:"id"`
			Result  any             `json:"result"`
		}{"2.0", id, result})
	}
	if err != nil {
		return []byte(`{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"The answer could not be encoded."}}`)
	}
	return data
}

// failureOf is the one mapping from the project's errors to JSON-RPC.
func failureOf(err error) *rpcError {
	code := codeInternal
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.TooLarge:
		code = codeInvalidParams
	case fault.NotFound:
		code = codeNotFound
	case fault.Unauthenticated, fault.SecondFactor:
		code = codeAuthRequired
	case fault.Forbidden, fault.Conflict, fault.Busy, fault.TooMany, fault.Unavailable, fault.Internal:
	}
	return &rpcError{Code: code, Message: fault.Message(err), Data: map[string]string{"code": string(fault.CodeOf(err))}}
}

// decode reads params strictly enough to say what is wrong with them.
func decode[T any](params json.RawMessage) (T, error) {
	var v T
	if len(params) == 0 {
		return v, fault.New(fault.Invalid, "The request has no params.")
	}
	if err := json.Unmarshal(params, &v); err != nil {
		return v, fault.Wrap(err, fault.Invalid, "The params are not of the method's shape: %s.", shapeError(err))
	}
	return v, nil
}

// shapeError names the member that does not fit, and nothing of its value.
func shapeError(err error) string {
	var e *json.UnmarshalTypeError
	if errors.As(err, &e) && e.Field != "" {
		return "the member " + e.Field + " should be of type " + e.Type.String()
	}
	return "they cannot be read"
}
