package pkg_test

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"claude-agent-chat/pkg/config"
)

// onlyInExample are the lines of .env.example whose value is no default of a program: a placeholder that shows what a key
// looks like, and an argument of the build of the page.
var onlyInExample = map[string]string{
	"ANTHROPIC_API_KEY": "sk-ant-api03-xxxxx",
	"VITE_WS_URL":       "ws://localhost:3051/ws/agent",
}

// TestEnvExample holds .env.example against the settings that the programs read: every one once, with its default.
func TestEnvExample(t *testing.T) {
	want := map[string]string{}
	for _, s := range config.Settings() {
		want[s.Name] = s.Default
	}
	for name, value := range onlyInExample {
		want[name] = value
	}
	line := regexp.MustCompile(`(?m)^(?:# )?([A-Z][A-Z0-9_]+)="(.*)"$`)
	for _, m := range line.FindAllStringSubmatch(readText(t, "../.env.example"), -1) {
		name, value := m[1], m[2]
		switch wanted, known := want[name]; {
		case !known:
			t.Errorf(".env.example: %s is no setting, or stands there twice", name)
		case value != wanted:
			t.Errorf(".env.example: %s is %q, but its default is %q", name, value, wanted)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf(".env.example does not show %s", name)
	}
}

// TestSettingsAreDocumented holds both READMEs and the compose file to naming every setting that applies to them.
func TestSettingsAreDocumented(t *testing.T) {
	fixedInContainers := map[string]bool{"HOST": true, "PORT": true, "WS_PORT": true, "CONFIG_FILE": true, "ANTHROPIC_API_KEY_FILE": true}
	for _, file := range []string{"../README.md", "../README.zh-CN.md", "../docker-compose.yml"} {
		text := readText(t, file)
		for _, s := range config.Settings() {
			if strings.HasSuffix(file, ".yml") && fixedInContainers[s.Name] {
				continue
			}
			if !regexp.MustCompile(`\b` + s.Name + `\b`).MatchString(text) {
				t.Errorf("%s does not name %s", strings.TrimPrefix(file, "../"), s.Name)
			}
		}
	}
}

// TestRowsAreTested holds the table of Claude Code's features and the tests together: a test names each row that is there, and
// no test names another.
func TestRowsAreTested(t *testing.T) {
	rows := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([^|]+) \| (same|different) \|`).FindAllStringSubmatch(readText(t, "../docs/claude-code.md"), -1) {
		rows[m[1]] = false
	}
	names := func(text string) []string {
		if _, whole := rows[text]; whole {
			return []string{text}
		}
		return strings.Split(text, ", ")
	}
	comment := regexp.MustCompile(`Rows?: ((?:CLAUDE\.md|[^.])+)\.`)
	for _, dir := range []string{".", "../test"} {
		must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.Name() == "node_modules" {
				return cmp.Or(err, filepath.SkipDir)
			}
			if !strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "documents_test.go") {
				return nil
			}
			text := strings.ReplaceAll(readText(t, path), "\n// ", " ")
			for _, m := range comment.FindAllStringSubmatch(text, -1) {
				for _, name := range names(m[1]) {
					if _, ok := rows[name]; !ok {
						t.Errorf("%s names the row %q, which is not in docs/claude-code.md", path, name)
					}
					rows[name] = true
				}
			}
			return nil
		}))
	}
	for name, tested := range rows {
		if !tested {
			t.Errorf("no test names the row %q of docs/claude-code.md", name)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
