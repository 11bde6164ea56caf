package api

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
)

// object is a JSON object of the description.
type object = map[string]any

// access says who may call a route.
type access int

const (
	anyone access = iota
	signedInOnly
	administrators
)

// operation describes one route. The description is written by hand, beside the handlers and not from them, so that a
// change of a route that nobody meant shows as a difference; a test compares the two in both directions.
type operation struct {
	method, path string // the path as OpenAPI writes it, with {id}
	id           string
	tag          string
	summary      string
	access       access
	params       []object
	body         string // the schema of the request's body; none if empty
	status       int
	answer       string // the schema of the answer's body; none if empty
	answerNote   string
	failure      string // the schema of a 503, where it is not Error
	errors       []int
}

// describe writes the OpenAPI document.
func describe(version string) ([]byte, error) {
	paths := object{}
	for _, op := range operations() {
		item, ok := paths[op.path].(object)
		if !ok {
			item = object{}
			paths[op.path] = item
		}
		item[op.method] = op.describe()
	}
	return json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{
			"title":   "Claude Agent Chat",
			"version": version,
			"license": object{"name": "MIT", "identifier": "MIT"},
			"description": "The REST side of the server. Conversations themselves go over a WebSocket at /ws/agent in the " +
				"Agent Client Protocol, version 1.",
		},
		"tags":  tags(),
		"paths": paths,
		"components": object{
			"schemas": schemas(),
			"securitySchemes": object{
				"cookie": object{
					"type": "apiKey", "in": "cookie", "name": "agentchat",
					"description": "Set by sign-in. Over https its name is __Host-agentchat.",
				},
				"token": object{"type": "http", "scheme": "bearer", "description": "A token made at /api/tokens; it begins with cac_."},
			},
		},
	})
}

func tags() []object {
	return []object{
		{"name": "account", "description": "Sign-up, sign-in and the credentials of programs."},
		{"name": "session", "description": "The caller's conversations."},
		{"name": "project", "description": "The caller's directories."},
		{"name": "admin", "description": "What only administrators do."},
		{"name": "server", "description": "What the server is and how it is doing."},
	}
}

// describe writes one operation object.
func (op operation) describe() object {
	answers := object{strconv.Itoa(op.status): op.success()}
	for _, status := range append(op.errors, http.StatusInternalServerError) {
		schema := "Error"
		if op.failure != "" && status == http.StatusServiceUnavailable {
			schema = op.failure
		}
		answers[strconv.Itoa(status)] = object{"description": http.StatusText(status), "content": jsonContent(schema)}
	}
	described := object{"operationId": op.id, "tags": []string{op.tag}, "summary": op.summary, "responses": answers}
	described["security"] = []object{}
	if op.access != anyone {
		described["security"] = []object{{"cookie": []string{}}, {"token": []string{}}}
	}
	if len(op.params) > 0 {
		described["parameters"] = op.params
	}
	if op.body != "" {
		described["requestBody"] = object{"required": true, "content": jsonContent(op.body)}
	}
	return described
}

func (op operation) success() object {
	note := op.answerNote
	if note == "" {
		note = http.StatusText(op.status)
	}
	answer := object{"description": note}
	if op.answer != "" {
		answer["content"] = jsonContent(op.answer)
	}
	return answer
}

func jsonContent(schema string) object {
	return object{"application/json": object{"schema": ref(schema)}}
}

func ref(schema string) object { return object{"$ref": "#/components/schemas/" + schema} }

func idParam(about string) object { return pathParameter("id", about) }

func pathParameter(name, about string) object {
	return object{"name": name, "in": "path", "required": true, "description": about, "schema": object{"type": "string"}}
}

func queryParam(name, about string, schema object) object {
	return object{"name": name, "in": "query", "description": about, "schema": schema}
}

func (s *server) getOpenAPI(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", cacheValidate)
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", s.openapi)
}
