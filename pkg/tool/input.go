package tool

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"claude-agent-chat/pkg/fault"
)

// decode reads the input of a call. A field that is missing, unknown or of the wrong type is fault.Invalid with a
// sentence that names it, so that the model can mend its call.
func decode[T any](input json.RawMessage, required ...string) (T, error) {
	var in T
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(input, &fields); err != nil || fields == nil {
		return in, fault.New(fault.Invalid, "The input of the call must be a JSON object.")
	}
	for _, name := range required {
		if value, ok := fields[name]; !ok || string(value) == "null" {
			return in, fault.New(fault.Invalid, "The field %q is missing from the input.", name)
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.DisallowUnknownFields()
	return in, explainInput(decoder.Decode(&in))
}

func explainInput(err error) error {
	if err == nil {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fault.New(fault.Invalid, "The field %q of the input must be %s, not %s.", wrong.Field, kindName(wrong.Type.Kind().String()), article(wrong.Value))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fault.New(fault.Invalid, "The input has a field %s that this tool does not know.", name)
	}
	return fault.New(fault.Invalid, "The input of the call is not valid: %s.", err)
}

// kindName is a Go kind in the words of JSON.
func kindName(kind string) string {
	switch kind {
	case "bool":
		return "true or false"
	case "string":
		return "a string"
	case "slice":
		return "a list"
	case "struct", "map":
		return "an object"
	default:
		return "a whole number"
	}
}

func article(value string) string {
	switch {
	case strings.HasPrefix(value, "number"):
		return "a number"
	case value == "bool":
		return "true or false"
	case value == "array", value == "object":
		return "an " + value
	default:
		return "a " + value
	}
}
