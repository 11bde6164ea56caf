package transcript

import (
	"encoding/json"
	"strconv"

	"claude-agent-chat/pkg/jsontext"
)

// object writes JSON objects member by member, several times as fast as encoding/json. The order of the calls is that of
// the members; names need no escapes.
type object struct{ out []byte }

func (o *object) open()  { o.out = append(o.out, '{') }
func (o *object) close() { o.out = append(o.out, '}') }

// member writes a name; its value comes next.
func (o *object) member(name string) {
	if o.out[len(o.out)-1] != '{' {
		o.out = append(o.out, ',')
	}
	o.out = append(o.out, '"')
	o.out = append(o.out, name...)
	o.out = append(o.out, '"', ':')
}

func (o *object) text(name, value string) {
	o.member(name)
	o.out = jsontext.AppendQuoted(o.out, value)
}

func (o *object) textIfAny(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *object) textOrNull(name, value string) {
	if value == "" {
		o.raw(name, json.RawMessage("null"))
		return
	}
	o.text(name, value)
}

// optional writes null for a text that there is not.
func (o *object) optional(name string, value *string) {
	if value == nil {
		o.raw(name, json.RawMessage("null"))
		return
	}
	o.text(name, *value)
}

func (o *object) flag(name string, value bool) {
	o.member(name)
	o.out = strconv.AppendBool(o.out, value)
}

func (o *object) flagIfSet(name string, value bool) {
	if value {
		o.flag(name, value)
	}
}

func (o *object) number(name string, value int) {
	o.member(name)
	o.out = strconv.AppendInt(o.out, int64(value), 10)
}

// raw writes a value that is JSON.
func (o *object) raw(name string, value json.RawMessage) {
	o.member(name)
	o.out = append(o.out, value...)
}

// rawList writes an array of one value that is JSON.
func (o *object) rawList(name string, value json.RawMessage) {
	o.member(name)
	o.out = append(o.out, '[')
	o.out = append(o.out, value...)
	o.out = append(o.out, ']')
}
