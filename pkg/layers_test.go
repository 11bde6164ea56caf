package pkg_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "claude-agent-chat/"

// layers is every package below pkg/, lowest first. A package may import only packages that stand before it, so that a
// reader who goes down the list never meets a name that comes later.
var layers = []string{
	"acp",
	"price",
	"fault",
	"redact",
	"egress",
	"config",
	"door",
	"lifecycle",
	"metrics",
	"sandbox",
	"jsontext",
	"picture",
	"filesync",
	"transcript",
	"anthropic",
	"anthropic/anthropictest",
	"search",
	"workspace",
	"permission",
	"trash",
	"filehistory",
	"tasklist",
	"project",
	"store",
	"store/storetest",
	"audit",
	"roster",
	"auth",
	"tool",
	"mcp",
	"replay",
	"export",
	"index",
	"engine",
	"agent",
	"session",
	"health",
	"gateway",
	"api",
	"serve",
}

// TestLayers parses the imports of every source file and holds them against the table.
func TestLayers(t *testing.T) {
	seen := map[string]bool{}
	for dir, imports := range projectImports(t) {
		seen[dir] = true
		rank := slices.Index(layers, dir)
		if rank < 0 {
			t.Errorf("pkg/%s is not in the table of layers: give it a row here and in docs/ARCHITECTURE.md", dir)
			continue
		}
		for _, imported := range imports {
			below, inside := strings.CutPrefix(imported, module+"pkg/")
			switch {
			case !inside && imported == module+"web":
				t.Errorf("pkg/%s imports the web client: only cmd/app does, and hands it in", dir)
			case !inside:
				t.Errorf("pkg/%s imports %s", dir, imported)
			case slices.Index(layers, below) >= rank:
				t.Errorf("pkg/%s imports pkg/%s, which is not below it", dir, below)
			}
		}
	}
	for _, dir := range layers {
		if !seen[dir] {
			t.Errorf("pkg/%s is in the table of layers but has no source", dir)
		}
	}
}

// TestLayersAreDocumented holds the table in docs/ARCHITECTURE.md against the one here, order included.
func TestLayersAreDocumented(t *testing.T) {
	text := readText(t, "../docs/ARCHITECTURE.md")
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\|").FindAllStringSubmatch(text, -1) {
		documented = append(documented, row[1])
	}
	if !slices.Equal(documented, layers) {
		t.Errorf("docs/ARCHITECTURE.md lists\n  %v\nbut the layers are\n  %v", documented, layers)
	}
}

// projectImports gives, for each directory below pkg/ that has Go source, what its files other than tests import from
// this module.
func projectImports(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		imports[dir] = append(imports[dir], ownImports(file.Imports)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

func ownImports(specs []*ast.ImportSpec) []string {
	var own []string
	for _, spec := range specs {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && strings.HasPrefix(path, module) {
			own = append(own, path)
		}
	}
	return own
}
