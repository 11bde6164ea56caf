package mcp

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"claude-agent-chat/pkg/fault"
)

// The bounds of a configuration.
const (
	maxFile    = 1 << 20  // bytes of a file
	maxServers = 32       // servers of one session
	maxEntries = 256      // arguments, variables or headers of a server
	maxValue   = 32 << 10 // bytes of one of them, after expansion
)

// Type is how a server is reached.
type Type string

// The types of servers.
const (
	TypeStdio Type = "stdio" // a program that is run
	TypeHTTP  Type = "http"  // streamable HTTP
	TypeSSE   Type = "sse"   // what was before streamable HTTP
)

// Server is the configuration of one server. Of TypeStdio it has Command, Args and Env; of the others URL and Headers.
type Server struct {
	Type    Type
	Command string
	Args    []string
	Env     map[string]string
	URL     string
	Headers map[string]string
}

// entry is a server as it stands in a file.
type entry struct {
	Type    string            `json:"type"`
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// pair is how the Agent Client Protocol writes a variable or a header.
type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ParseFile reads a .mcp.json. Servers that are not right are left out, each with an error that may be shown; the others
// stand under their normalised names. ${VAR} and ${VAR:-default} mean the variables of the same server's env and nothing else:
// the file may be anybody's, and what the process has in its environment is not for it.
func ParseFile(data []byte) (map[string]Server, []error) {
	var file struct {
		Servers map[string]json.RawMessage `json:"mcpServers"`
	}
	if len(data) > maxFile {
		return nil, []error{fault.New(fault.TooLarge, "The list of MCP servers has more than %d KB.", maxFile>>10)}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, []error{fault.Wrap(err, fault.Invalid, "The list of MCP servers is not valid JSON with an object \"mcpServers\".")}
	}
	var c collection
	for _, name := range slices.Sorted(maps.Keys(file.Servers)) {
		var e entry
		if err := decodeObject(file.Servers[name], &e); err != nil {
			c.complain(name, "%s", explain(err))
			continue
		}
		if err := e.expand(); err != nil {
			c.complain(name, "%s", fault.Message(err))
			continue
		}
		c.add(name, e)
	}
	return c.servers, c.errs
}

// FromACP reads the mcpServers of a session/new or session/load: a list. Nothing in it is expanded.
func FromACP(list json.RawMessage) (map[string]Server, []error) {
	if len(list) > maxFile {
		return nil, []error{fault.New(fault.TooLarge, "The list of MCP servers has more than %d KB.", maxFile>>10)}
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(list, &raw); err != nil && len(bytes.TrimSpace(list)) > 0 {
		return nil, []error{fault.Wrap(err, fault.Invalid, "The list of MCP servers is not valid JSON.")}
	}
	var c collection
	for _, item := range raw {
		var e struct {
			entry
			Name    string `json:"name"`
			Env     []pair `json:"env"`
			Headers []pair `json:"headers"`
		}
		if err := decodeObject(item, &e); err != nil {
			c.complain(e.Name, "%s", explain(err))
			continue
		}
		e.entry.Env, e.entry.Headers = toMap(e.Env), toMap(e.Headers)
		c.add(e.Name, e.entry)
	}
	return c.servers, c.errs
}

func toMap(pairs []pair) map[string]string {
	m := make(map[string]string, len(pairs))
	for _, p := range pairs {
		m[p.Name] = p.Value
	}
	return m
}

func decodeObject(data json.RawMessage, into any) error {
	if !isObject(data) {
		return fault.New(fault.Invalid, "It must be an object.")
	}
	return json.Unmarshal(data, into)
}

func isObject(data json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) && json.Valid(data)
}

// explain is what is wrong with an entry that cannot be decoded.
func explain(err error) string {
	if fault.Is(err, fault.Invalid) {
		return fault.Message(err)
	}
	return "Its fields are not of the right kinds: " + clean(strings.TrimPrefix(err.Error(), "json: "), 200) + "."
}

// collection gathers servers and what is wrong with others.
type collection struct {
	servers map[string]Server
	errs    []error
}

func (c *collection) complain(name, format string, args ...any) {
	sentence := fault.New(fault.Invalid, format, args...).Message
	c.errs = append(c.errs, fault.New(fault.Invalid, "The MCP server %q is left out. %s", clean(name, maxName), sentence))
}

func (c *collection) add(name string, e entry) {
	normal, err := serverName(name)
	if err != nil {
		c.complain(name, "%s", fault.Message(err))
		return
	}
	if _, taken := c.servers[normal]; taken {
		c.complain(name, "Another one has the name %s already.", normal)
		return
	}
	if len(c.servers) == maxServers {
		c.complain(name, "There are more than %d.", maxServers)
		return
	}
	server, err := e.check()
	if err != nil {
		c.complain(name, "%s", fault.Message(err))
		return
	}
	if c.servers == nil {
		c.servers = map[string]Server{}
	}
	c.servers[normal] = server
}

// check makes a server of an entry.
func (e *entry) check() (Server, error) {
	kind, err := e.kind()
	switch {
	case err != nil:
		return Server{}, err
	case len(e.Args) > maxEntries || len(e.Env) > maxEntries || len(e.Headers) > maxEntries:
		return Server{}, fault.New(fault.Invalid, "It has more than %d arguments, variables or headers.", maxEntries)
	case kind == TypeStdio:
		return e.program()
	default:
		return e.remote(kind)
	}
}

func (e *entry) kind() (Type, error) {
	switch {
	case e.Type == "" && e.URL != "" && e.Command == "", e.Type == "http", e.Type == "streamable-http":
		return TypeHTTP, nil
	case e.Type == "", e.Type == "stdio":
		return TypeStdio, nil
	case e.Type == "sse":
		return TypeSSE, nil
	default:
		return "", fault.New(fault.Invalid, "Its type %q is not known; there are stdio, http and sse.", clean(e.Type, maxName))
	}
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (e *entry) program() (Server, error) {
	if strings.TrimSpace(e.Command) == "" || strings.HasPrefix(e.Command, "-") {
		return Server{}, fault.New(fault.Invalid, "Its command is missing, or no program.")
	}
	for _, value := range append([]string{e.Command}, e.Args...) {
		if err := checkValue(value); err != nil {
			return Server{}, err
		}
	}
	for name, value := range e.Env {
		if !variableName.MatchString(name) {
			return Server{}, fault.New(fault.Invalid, "%q cannot be the name of a variable.", clean(name, maxName))
		}
		if err := checkValue(value); err != nil {
			return Server{}, err
		}
	}
	return Server{Type: TypeStdio, Command: e.Command, Args: e.Args, Env: e.Env}, nil
}

func checkValue(value string) error {
	switch {
	case strings.ContainsRune(value, 0):
		return fault.New(fault.Invalid, "There is a NUL in it.")
	case len(value) > maxValue:
		return fault.New(fault.Invalid, "An argument, a variable or a header of it has more than %d KB.", maxValue>>10)
	default:
		return nil
	}
}

func (e *entry) remote(kind Type) (Server, error) {
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || len(e.URL) > maxValue || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		return Server{}, fault.New(fault.Invalid, "Its url is not one of http or https.")
	case u.User != nil:
		return Server{}, fault.New(fault.Invalid, "Its url holds a name or a password; use a header.")
	}
	for name, value := range e.Headers {
		if err := checkHeader(name, value); err != nil {
			return Server{}, err
		}
	}
	return Server{Type: kind, URL: e.URL, Headers: e.Headers}, nil
}

// ownHeaders are headers that say how a request is carried, which is not for a configuration to say.
var ownHeaders = []string{"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "keep-alive", "expect"}

func checkHeader(name, value string) error {
	lower := strings.ToLower(name)
	switch {
	case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
		return fault.New(fault.Invalid, "The header %q is not valid.", clean(name, maxName))
	case slices.Contains(ownHeaders, lower) || strings.HasPrefix(lower, "proxy-"):
		return fault.New(fault.Invalid, "The header %q cannot be set.", clean(name, maxName))
	default:
		return checkValue(value)
	}
}
