package mcp_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/mcp"
)

// messages are the sentences of errors, joined.
func messages(t *testing.T, errs []error) string {
	t.Helper()
	var all []string
	for _, err := range errs {
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Errorf("%v is no fault to be shown", err)
		}
		all = append(all, fault.Message(err))
	}
	return strings.Join(all, "\n")
}

func TestParseFile(t *testing.T) {
	t.Setenv("MCP_TEST_SECRET", "of the process")
	for name, tt := range map[string]struct {
		file string
		want map[string]mcp.Server
		errs string // what the errors say, one each; empty for none
	}{
		"a program": {
			file: `{"mcpServers":{"files":{"command":"npx","args":["-y","x"],"env":{"A":"1"}}},"other":1}`,
			want: map[string]mcp.Server{"files": {Type: mcp.TypeStdio, Command: "npx", Args: []string{"-y", "x"}, Env: map[string]string{"A": "1"}}},
		},
		"on the network": {
			file: `{"mcpServers":{"a":{"type":"http","url":"https://a.example/mcp","headers":{"Authorization":"Bearer x"}},
				"b":{"type":"sse","url":"http://b.example:81/"},"c":{"url":"https://c.example"},"d":{"type":"streamable-http","url":"https://d.example"}}}`,
			want: map[string]mcp.Server{
				"a": {Type: mcp.TypeHTTP, URL: "https://a.example/mcp", Headers: map[string]string{"Authorization": "Bearer x"}},
				"b": {Type: mcp.TypeSSE, URL: "http://b.example:81/"},
				"c": {Type: mcp.TypeHTTP, URL: "https://c.example"},
				"d": {Type: mcp.TypeHTTP, URL: "https://d.example"},
			},
		},
		"names": {
			file: `{"mcpServers":{"my server.é😀":{"command":"x"}}}`,
			want: map[string]mcp.Server{"my_server____": {Type: mcp.TypeStdio, Command: "x"}},
		},
		"expansion": {
			file: `{"mcpServers":{"x":{"command":"${DIR}/run","args":["${A:-b}","${E:-d}","$A ${} ${1}","${MCP_TEST_SECRET:-none}","${DIR}${DIR}"],
				"env":{"DIR":"/opt","E":"","T":"${DIR}/t","S":"${S:-self}"}}}}`,
			want: map[string]mcp.Server{"x": {
				Type: mcp.TypeStdio, Command: "/opt/run", Args: []string{"b", "d", "$A ${} ${1}", "none", "/opt/opt"},
				Env: map[string]string{"DIR": "/opt", "E": "", "T": "/opt/t", "S": "self"},
			}},
		},
		"expansion in headers": {
			file: `{"mcpServers":{"x":{"url":"https://${H}/","headers":{"X":"${K}"},"env":{"H":"h.example","K":"${L}","L":"${H}"}}}}`,
			want: map[string]mcp.Server{"x": {Type: mcp.TypeHTTP, URL: "https://h.example/", Headers: map[string]string{"X": "${H}"}}},
			errs: "",
		},
		"of the process":     {file: `{"mcpServers":{"x":{"command":"${MCP_TEST_SECRET}"}}}`, errs: `"x" is left out. It uses ${MCP_TEST_SECRET}, which its own env does not set`},
		"of itself":          {file: `{"mcpServers":{"x":{"command":"x","env":{"K":"${K}"}}}}`, errs: "${K}"},
		"one wrong of two":   {file: `{"mcpServers":{"a":{"command":7},"b":{"command":"x"}}}`, want: map[string]mcp.Server{"b": {Type: mcp.TypeStdio, Command: "x"}}, errs: `"a" is left out. Its fields`},
		"no object":          {file: `{"mcpServers":{"a":[]}}`, errs: "must be an object"},
		"null":               {file: `{"mcpServers":{"a":null}}`, errs: "must be an object"},
		"no servers":         {file: `{}`},
		"no JSON":            {file: `{"mcpServers":`, errs: "not valid JSON"},
		"empty":              {file: ``, errs: "not valid JSON"},
		"a list":             {file: `[]`, errs: "not valid JSON"},
		"too large":          {file: `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, errs: "1024 KB"},
		"no command":         {file: `{"mcpServers":{"a":{}}}`, errs: "command is missing"},
		"an option":          {file: `{"mcpServers":{"a":{"command":"-c"}}}`, errs: "no program"},
		"NUL":                {file: `{"mcpServers":{"a":{"command":"x","args":["a\u0000b"]}}}`, errs: "NUL"},
		"a variable's name":  {file: `{"mcpServers":{"a":{"command":"x","env":{"A=B":"c"}}}}`, errs: "name of a variable"},
		"unknown type":       {file: `{"mcpServers":{"a":{"type":"ws","url":"ws://x"}}}`, errs: `"ws" is not known`},
		"no URL":             {file: `{"mcpServers":{"a":{"type":"http"}}}`, errs: "url"},
		"another scheme":     {file: `{"mcpServers":{"a":{"type":"http","url":"file:///etc/passwd"}}}`, errs: "http or https"},
		"a password":         {file: `{"mcpServers":{"a":{"url":"https://u:p@x.example"}}}`, errs: "use a header"},
		"a bad header":       {file: `{"mcpServers":{"a":{"url":"https://x.example","headers":{"A":"b\nC: d"}}}}`, errs: `"A" is not valid`},
		"a host":             {file: `{"mcpServers":{"a":{"url":"https://x.example","headers":{"hOst":"y"}}}}`, errs: `"hOst" cannot be set`},
		"a proxy":            {file: `{"mcpServers":{"a":{"url":"https://x.example","headers":{"Proxy-Authorization":"y"}}}}`, errs: "cannot be set"},
		"a long name":        {file: `{"mcpServers":{"` + strings.Repeat("n", 65) + `":{"command":"x"}}}`, errs: "1 to 64"},
		"no name":            {file: `{"mcpServers":{"":{"command":"x"}}}`, errs: "1 to 64"},
		"the same name":      {file: `{"mcpServers":{"a.b":{"command":"x"},"a_b":{"command":"y"}}}`, want: map[string]mcp.Server{"a_b": {Type: mcp.TypeStdio, Command: "x"}}, errs: "a_b already"},
		"too many arguments": {file: `{"mcpServers":{"a":{"command":"x","args":[` + strings.Repeat(`"",`, 256) + `""]}}}`, errs: "256"},
		"a long value":       {file: `{"mcpServers":{"a":{"command":"x","args":["` + strings.Repeat("x", 33<<10) + `"]}}}`, errs: "32 KB"},
		"a long expansion":   {file: `{"mcpServers":{"a":{"command":"` + strings.Repeat("${A}", 5000) + `","env":{"A":"` + strings.Repeat("x", 30<<10) + `"}}}}`, errs: "32 KB"},
	} {
		t.Run(name, func(t *testing.T) {
			got, errs := mcp.ParseFile([]byte(tt.file))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if said := messages(t, errs); (said == "") != (tt.errs == "") || !strings.Contains(said, tt.errs) {
				t.Errorf("errors are %q", said)
			}
		})
	}
}

func TestTooManyServers(t *testing.T) {
	var entries []string
	for i := range 40 {
		entries = append(entries, fmt.Sprintf(`"s%02d":{"command":"x"}`, i))
	}
	got, errs := mcp.ParseFile([]byte(`{"mcpServers":{` + strings.Join(entries, ",") + `}}`))
	if len(got) != 32 || len(errs) != 8 {
		t.Errorf("%d servers and %d errors", len(got), len(errs))
	}
}

func TestFromACP(t *testing.T) {
	for name, tt := range map[string]struct {
		list string
		want map[string]mcp.Server
		errs string
	}{
		"both kinds": {
			list: `[{"name":"a","command":"/bin/x","args":["${A}"],"env":[{"name":"A","value":"1"}]},
				{"type":"http","name":"b","url":"https://b.example","headers":[{"name":"X","value":"y"}]}]`,
			want: map[string]mcp.Server{
				"a": {Type: mcp.TypeStdio, Command: "/bin/x", Args: []string{"${A}"}, Env: map[string]string{"A": "1"}},
				"b": {Type: mcp.TypeHTTP, URL: "https://b.example", Headers: map[string]string{"X": "y"}},
			},
		},
		"nothing":   {list: ``},
		"null":      {list: `null`},
		"none":      {list: `[]`},
		"no list":   {list: `{}`, errs: "not valid JSON"},
		"no object": {list: `["a"]`, errs: "must be an object"},
		"wrong env": {list: `[{"name":"a","command":"x","env":{"A":"b"}}]`, errs: `"a" is left out. Its fields`},
		"no name":   {list: `[{"command":"x"}]`, errs: "1 to 64"},
		"twice":     {list: `[{"name":"a","command":"x"},{"name":"a","command":"y"}]`, want: map[string]mcp.Server{"a": {Type: mcp.TypeStdio, Command: "x", Env: map[string]string{}}}, errs: "already"},
	} {
		t.Run(name, func(t *testing.T) {
			got, errs := mcp.FromACP(json.RawMessage(tt.list))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if said := messages(t, errs); (said == "") != (tt.errs == "") || !strings.Contains(said, tt.errs) {
				t.Errorf("errors are %q", said)
			}
		})
	}
}

var normalName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// holds checks what must be true of every server and every error, whatever the input was.
func holds(t *testing.T, servers map[string]mcp.Server, errs []error) {
	t.Helper()
	if len(servers) > 32 {
		t.Errorf("%d servers", len(servers))
	}
	for name, s := range servers {
		program := s.Type == mcp.TypeStdio
		if !normalName.MatchString(name) || program != (s.Command != "") || program == (s.URL != "") {
			t.Errorf("%q: %+v", name, s)
		}
		for _, word := range append([]string{s.Command, s.URL}, s.Args...) {
			if strings.ContainsRune(word, 0) || len(word) > 32<<10 {
				t.Errorf("%q has a word that no program takes", name)
			}
		}
		for variable := range s.Env {
			if strings.ContainsAny(variable, "=\x00") || variable == "" {
				t.Errorf("%q has a variable %q", name, variable)
			}
		}
		for header, value := range s.Headers {
			if strings.ContainsAny(header+value, "\r\n") {
				t.Errorf("%q has a header %q", name, header)
			}
		}
	}
	if said := messages(t, errs); !utf8.ValidString(said) || strings.ContainsAny(said, "\x1b\x00") {
		t.Errorf("%q", said)
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte(`{"mcpServers":{"x":{"command":"${A}","args":["${B:-c}"],"env":{"A":"${B}","B":"x"}}}}`))
	f.Add([]byte(`{"mcpServers":{"a b":{"type":"http","url":"https://x.example","headers":{"A":"b"}},"\u001b[0m":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		servers, errs := mcp.ParseFile(data)
		holds(t, servers, errs)
	})
}

func FuzzFromACP(f *testing.F) {
	f.Add([]byte(`[{"name":"a","command":"x","args":[],"env":[{"name":"A","value":"b"}]}]`))
	f.Add([]byte(`[{"type":"sse","name":"\u0000","url":"http://x","headers":[{"name":"A","value":"b"}]},null]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		servers, errs := mcp.FromACP(data)
		holds(t, servers, errs)
	})
}
