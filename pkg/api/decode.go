package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/fault"
)

// The bounds of a JSON body: its bytes, and how long it may take to arrive.
const (
	maxJSON     = 1 << 20
	bodyTimeout = 30 * time.Second
)

// decode reads the request's JSON object into dst. Members that dst does not know are ignored; a member of the wrong
// type is an error that names it. The media type must say JSON: a form posted by another site's page never does.
func decode(c echo.Context, dst any) error {
	r := c.Request()
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return fault.New(fault.Invalid, "The body must be JSON, with Content-Type: application/json.")
	}
	// The server itself sets no limit for a body, because some are large: a small one has to come soon.
	deadline := http.NewResponseController(c.Response())
	_ = deadline.SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxJSON))
	_ = deadline.SetReadDeadline(time.Time{})
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return fault.Wrap(err, fault.Invalid, "The body did not arrive whole.")
	}
	return decodeObject(body, dst)
}

// decodeObject is decode for bytes that are there already.
func decodeObject(body []byte, dst any) error {
	body = bytes.Trim(body, " \t\r\n") // what JSON takes for space, and nothing else.
	switch {
	case len(body) == 0:
		return fault.New(fault.Invalid, "The body is empty; a JSON object is needed.")
	case !utf8.Valid(body):
		return fault.New(fault.Invalid, "The body is not valid UTF-8.")
	case body[0] != '{':
		return fault.New(fault.Invalid, "The body must be a JSON object.")
	}
	err := json.Unmarshal(body, dst)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType):
		return fault.Wrap(err, fault.Invalid, "The member %q has the wrong type: it is a JSON %s.", wrongType.Field, jsonWord(wrongType.Value))
	default:
		return fault.Wrap(err, fault.Invalid, "The body is not valid JSON.")
	}
}

// jsonWord shortens what encoding/json says it met ("number 1e999") to the kind alone.
func jsonWord(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	return kind
}

// required checks that a string member was sent.
func required(name string, value *string) (string, error) {
	if value == nil {
		return "", fault.New(fault.Invalid, "The member %q is missing.", name)
	}
	return *value, nil
}

// queryInt reads a whole number from the query; out of range is an error that says the range.
func queryInt(c echo.Context, name string, fallback, least, most int) (int, error) {
	raw := c.QueryParam(name)
	if raw == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < least || n > most {
		return 0, fault.New(fault.Invalid, "The parameter %q must be a whole number from %d to %d.", name, least, most)
	}
	return n, nil
}

// queryBool reads true or false from the query; absent is false.
func queryBool(c echo.Context, name string) (bool, error) {
	switch c.QueryParam(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fault.New(fault.Invalid, "The parameter %q must be true or false.", name)
}
