package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// description is the server's own OpenAPI document, as far as the tests look at it.
type description struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID         string              `json:"operationId"`
	Security   []map[string][]any  `json:"security"`
	Parameters []map[string]any    `json:"parameters"`
	Body       *content            `json:"requestBody"`
	Responses  map[string]*content `json:"responses"`
}

type content struct {
	Content map[string]struct {
		Schema schema `json:"schema"`
	} `json:"content"`
}

// schema is the part of JSON Schema that the description uses.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Closed     *bool             `json:"additionalProperties"`
	Items      *schema           `json:"items"`
	Enum       []string          `json:"enum"`
	Format     string            `json:"format"`
}

// problems lists where a decoded JSON value departs from the schema.
func (d *description) problems(s schema, value any, at string) []string {
	if s.Ref != "" {
		name := s.Ref[strings.LastIndex(s.Ref, "/")+1:]
		target, ok := d.Components.Schemas[name]
		if !ok {
			return []string{at + ": there is no schema " + name}
		}
		return d.problems(target, value, at)
	}
	if !typeFits(s.Type, value) {
		return []string{fmt.Sprintf("%s: %T does not fit type %v", at, value, s.Type)}
	}
	switch v := value.(type) {
	case map[string]any:
		return d.objectProblems(s, v, at)
	case []any:
		var found []string
		for i, item := range v {
			found = append(found, d.problems(*s.Items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
		return found
	case string:
		return stringProblems(s, v, at)
	}
	return nil
}

func (d *description) objectProblems(s schema, value map[string]any, at string) []string {
	var found []string
	for _, name := range s.Required {
		if _, ok := value[name]; !ok {
			found = append(found, at+": lacks "+name)
		}
	}
	for name, item := range value {
		property, known := s.Properties[name]
		switch {
		case known:
			found = append(found, d.problems(property, item, at+"."+name)...)
		case s.Closed != nil && !*s.Closed:
			found = append(found, at+": has the undescribed "+name)
		}
	}
	return found
}

func stringProblems(s schema, value, at string) []string {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, value) {
		return []string{fmt.Sprintf("%s: %q is none of %v", at, value, s.Enum)}
	}
	if s.Format == "date-time" {
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", value); err != nil {
			return []string{fmt.Sprintf("%s: %q is not a time with milliseconds in UTC", at, value)}
		}
	}
	return nil
}

func typeFits(want, value any) bool {
	switch want := want.(type) {
	case nil:
		return true
	case []any:
		return slices.ContainsFunc(want, func(one any) bool { return typeFits(one, value) })
	}
	switch v := value.(type) {
	case nil:
		return want == "null"
	case bool:
		return want == "boolean"
	case string:
		return want == "string"
	case []any:
		return want == "array"
	case map[string]any:
		return want == "object"
	case json.Number:
		_, err := v.Int64()
		return want == "number" || want == "integer" && err == nil
	}
	return false
}
