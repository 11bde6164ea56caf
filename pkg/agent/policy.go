package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/permission"
	"claude-agent-chat/pkg/project"
)

// The settings files, as people know them. The first lies where no tool can write, the others in the workspace.
const (
	userSettings    = "~/.claude/settings.json"
	projectSettings = ".claude/settings.json"
	localSettings   = ".claude/settings.local.json"
)

// maxSettings bounds a settings file, in bytes.
const maxSettings = 256 << 10

// policy is the permission rules that hold in a session: the person's own, those of the workspace, and those of this
// session. What denies or asks always counts. What allows counts from a file of the workspace only if the person has
// agreed to the file as it is.
type policy struct {
	set      permission.Set
	sources  []permission.Source
	findings []project.Finding
	withheld map[string][]byte // files whose allowing rules do not count, by path
	unagreed map[string]string // other files that would allow something, with their sums
	hooks    map[string][]hook // by event
}

// settingsFile is one file of settings as it was read.
type settingsFile struct {
	name   string // as people know it
	path   string
	root   string // from which its rules are meant
	data   []byte
	own    bool // it is the person's, who need not agree to it
	agreed bool
}

// settingsFiles reads the files that there are, the strongest last.
func (s *session) settingsFiles() []settingsFile {
	var files []settingsFile
	if data, ok := s.userFile(userSettings); ok {
		files = append(files, settingsFile{name: userSettings, root: filepath.Join(s.info.Home, ".claude"), data: data, own: true, agreed: true})
	}
	trusted := trustOf(s.info.Home)
	for _, name := range []string{projectSettings, localSettings} {
		path := filepath.Join(s.info.Cwd, name)
		if data, ok := s.workspaceFile(path); ok {
			files = append(files, settingsFile{name: name, path: path, root: s.info.Cwd, data: data, agreed: trusted.has(path, data)})
		}
	}
	return files
}

// readPolicy reads the rules.
func (s *session) readPolicy() *policy {
	p := &policy{withheld: map[string][]byte{}, unagreed: map[string]string{}, hooks: map[string][]hook{}}
	sources := []permission.Source{{Name: "this session", Root: s.info.Cwd, Allow: s.rules.list()}}
	files := s.settingsFiles()
	for _, f := range files {
		source := p.parse(f.data, f.name, f.root)
		if !f.agreed && len(source.Allow) > 0 {
			p.withheld[f.path] = f.data
			p.find(f.name, "It would allow %d kinds of calls without asking: %s. These rules do not count until you agree with /trust.", len(source.Allow), listRules(source.Allow))
			source.Allow = nil
		}
		hooks := p.parseHooks(f.data, f.name)
		if !f.agreed && len(hooks) > 0 {
			p.withheld[f.path] = f.data
			p.find(f.name, "It has hooks, commands that would run by themselves. They do not run until you agree with /trust.")
			hooks = nil
		}
		p.addHooks(hooks)
		sources = append(sources, source)
	}
	begins := s.beginning(files)
	p.findings = append(p.findings, begins.findings...)
	maps.Copy(p.withheld, begins.unagreed)
	sums := trustOf(s.info.Home).sums()
	p.withhold(s.templates(), sums)
	p.withholdModes(s.around().Agents, sums)
	p.sources, p.set = sources, permission.New(sources...)
	return p
}

func (p *policy) addHooks(more map[string][]hook) {
	for event, hooks := range more {
		p.hooks[event] = append(p.hooks[event], hooks...)
	}
}

func (p *policy) find(name, format string, args ...any) {
	p.findings = append(p.findings, finding(name, format, args...))
}

func finding(name, format string, args ...any) project.Finding {
	return project.Finding{Path: name, Text: fmt.Sprintf(format, args...)}
}

// parse reads one file's rules, and finds what of it cannot count here.
func (p *policy) parse(data []byte, name, root string) permission.Source {
	settings, problems := permission.ParseSettings(data)
	for _, problem := range problems {
		p.find(name, "%s", fault.Message(problem))
	}
	if len(settings.AdditionalDirectories) > 0 {
		p.find(name, "Additional directories are not opened: tools reach the workspace and nothing else.")
	}
	return settings.Source(name, root)
}

// maxListedRules bounds what a sentence lists.
const maxListedRules = 5

func listRules(rules []permission.Rule) string {
	names := make([]string, 0, len(rules))
	for _, r := range rules {
		names = append(names, r.String())
	}
	return listed(names)
}

// userFile reads a file of the person's Claude directory.
func (s *session) userFile(name string) ([]byte, bool) {
	data, err := os.ReadFile(filepath.Join(s.info.Home, strings.TrimPrefix(name, "~/")))
	return data, err == nil && len(data) <= maxSettings
}

// workspaceFile reads a file of the workspace.
func (s *session) workspaceFile(path string) ([]byte, bool) {
	rel, err := s.env.FS.Rel(s.info.Cwd, path)
	if err != nil {
		return nil, false
	}
	data, _, err := s.env.FS.ReadFile(rel, maxSettings)
	return data, err == nil
}

// callOf is a call as the rules see it. A link counts as what it leads to.
func (t *turn) callOf(c call) permission.Call {
	return permission.Call{Tool: canonical(c.Name), Input: c.Input, Cwd: t.env.State.Cwd(t.info.Cwd), Home: t.env.FS.Dir(), Resolve: resolve}
}

// resolve follows the links of a path as far as it exists.
func resolve(path string) string {
	rest := ""
	for dir := path; ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == filepath.Dir(dir) {
			return path
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}

// Where a rule is saved that the person allows for longer.
const (
	saveSession = "session"
	saveProject = "project"
	saveUser    = "user"
)

// saveRules keeps rules where the person chose. In the project it is the file that Claude Code keeps them in too, and the
// person's agreement to it is renewed, if its other rules counted before.
func (s *session) saveRules(where string, rules []permission.Rule) error {
	if where == saveSession {
		s.rules.add(rules...)
		return nil
	}
	if where == saveUser {
		path := filepath.Join(s.info.Home, strings.TrimPrefix(userSettings, "~/"))
		data, err := os.ReadFile(path) //nolint:gosec // in the home, where no tool can write.
		if err != nil && !os.IsNotExist(err) {
			return fault.Wrap(err, fault.Unavailable, "Your settings could not be read.")
		}
		if data, err = withRules(data, rules); err != nil {
			return err
		}
		return replaceFile(path, data)
	}
	path := filepath.Join(s.info.Cwd, localSettings)
	before, ok := s.workspaceFile(path)
	trusted := trustOf(s.info.Home)
	agreed := !ok || trusted.has(path, before) || !allowsSomething(before)
	after, err := withRules(before, rules)
	if err != nil {
		return err
	}
	rel, err := s.env.FS.Rel(s.info.Cwd, path)
	if err != nil {
		return err
	}
	if _, err := s.env.FS.WriteFile(rel, after); err != nil {
		return err
	}
	if !agreed {
		s.rules.add(rules...)
		return nil
	}
	return trusted.add(map[string][]byte{path: after})
}

func allowsSomething(data []byte) bool {
	settings, _ := permission.ParseSettings(data)
	return len(settings.Allow) > 0
}

// withRules adds allowing rules to a settings file and leaves everything else in it as it is.
func withRules(data []byte, rules []permission.Rule) ([]byte, error) {
	file := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(data)) > 0 {
		if err := json.Unmarshal(data, &file); err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "The settings file is not a JSON object; the rule was not saved in it.")
		}
	}
	permissions := map[string]json.RawMessage{}
	if raw, ok := file["permissions"]; ok {
		if err := json.Unmarshal(raw, &permissions); err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "The permissions of the settings file are not an object; the rule was not saved in it.")
		}
	}
	var allow []string
	if raw, ok := permissions["allow"]; ok {
		if err := json.Unmarshal(raw, &allow); err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "The allowing rules of the settings file are not a list; the rule was not saved in it.")
		}
	}
	for _, r := range rules {
		if !slices.Contains(allow, r.String()) {
			allow = append(allow, r.String())
		}
	}
	var err error
	if permissions["allow"], err = plainJSON(allow); err != nil {
		return nil, err
	}
	if file["permissions"], err = plainJSON(permissions); err != nil {
		return nil, err
	}
	return plainJSON(file)
}

// plainJSON encodes for people to read: & and < as they are.
func plainJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode settings: %w", err)
	}
	return out.Bytes(), nil
}
