package api_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
)

func statusText(status int) string { return strconv.Itoa(status) }

var echoParam = regexp.MustCompile(`:([a-zA-Z]+)`)

// TestDescriptionAndRoutesAgree holds the list of routes and the list of descriptions together, both ways.
func TestDescriptionAndRoutesAgree(t *testing.T) {
	w := newWorld(t)
	var routed, described []string
	for _, r := range w.serve.(*echo.Echo).Routes() {
		routed = append(routed, strings.ToLower(r.Method)+" "+echoParam.ReplaceAllString(r.Path, "{$1}"))
	}
	for path, item := range w.doc.Paths {
		for method := range item {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(routed)
	slices.Sort(described)
	if diff := cmp.Diff(routed, described); diff != "" {
		t.Errorf("routes (-) and description (+) differ:\n%s", diff)
	}
}

// TestDescriptionIsWhole checks what a generator of clients trips over: unique ids, parameters that are in the path,
// references that lead somewhere.
func TestDescriptionIsWhole(t *testing.T) {
	w := newWorld(t)
	ids := map[string]string{}
	for path, item := range w.doc.Paths {
		for method, op := range item {
			at := method + " " + path
			if other, taken := ids[op.ID]; taken || op.ID == "" {
				t.Errorf("%s has the id %q, like %q", at, op.ID, other)
			}
			ids[op.ID] = at
			checkParams(t, at, path, op)
			checkReferences(t, w, at, op)
		}
	}
}

func checkParams(t *testing.T, at, path string, op operation) {
	t.Helper()
	var inPath int
	for _, p := range op.Parameters {
		if p["in"] != "path" {
			continue
		}
		inPath++
		if !strings.Contains(path, "{"+p["name"].(string)+"}") {
			t.Errorf("%s describes %v, which is not in its path", at, p["name"])
		}
	}
	if inPath != strings.Count(path, "{") {
		t.Errorf("%s describes %d of its path's parameters", at, inPath)
	}
}

func checkReferences(t *testing.T, w *world, at string, op operation) {
	t.Helper()
	contents := []*content{op.Body}
	for _, res := range op.Responses {
		contents = append(contents, res)
	}
	for _, c := range contents {
		if c == nil {
			continue
		}
		for _, media := range c.Content {
			name := media.Schema.Ref[strings.LastIndex(media.Schema.Ref, "/")+1:]
			if _, ok := w.doc.Components.Schemas[name]; !ok {
				t.Errorf("%s refers to %q, which is not there", at, media.Schema.Ref)
			}
		}
	}
}
