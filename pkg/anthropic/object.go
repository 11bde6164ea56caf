package anthropic

import (
	"bytes"
	"encoding/json"
	"errors"
)

var errNotObject = errors.New("not a JSON object")

// field is one member of an object.
type field struct {
	name  string
	value json.RawMessage
}

// object is a JSON object that keeps the order and the bytes of its members. A handful of members is all it is for.
type object []field

func parseObject(raw []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, errNotObject
	}
	out := object{}
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errNotObject
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errNotObject
		}
		out.set(name, value)
	}
	if _, err := dec.Token(); err != nil {
		return nil, errNotObject
	}
	return out, nil
}

func (o object) has(name string) bool { return o.get(name) != nil }

func (o object) get(name string) json.RawMessage {
	for _, f := range o {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// text is a member that is a string; "" if it is something else or missing.
func (o object) text(name string) string {
	var s string
	if json.Unmarshal(o.get(name), &s) != nil {
		return ""
	}
	return s
}

// set replaces a member in its place, or adds it at the end.
func (o *object) set(name string, value json.RawMessage) {
	for i := range *o {
		if (*o)[i].name == name {
			(*o)[i].value = value
			return
		}
	}
	*o = append(*o, field{name, value})
}

// push adds value to the end of a member that is an array, null or missing.
func (o *object) push(name string, value json.RawMessage) {
	var list []json.RawMessage
	if json.Unmarshal(o.get(name), &list) != nil {
		list = nil
	}
	if value == nil {
		value = json.RawMessage("null")
	}
	out := []byte{'['}
	for _, v := range list {
		out = append(append(out, v...), ',')
	}
	o.set(name, append(append(out, value...), ']'))
}

func (o object) encode() json.RawMessage {
	out := []byte{'{'}
	for i, f := range o {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(appendString(out, f.name), ':'), f.value...)
	}
	return append(out, '}')
}
