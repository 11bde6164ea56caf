package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/test/world"
)

// visitor talks to the app as a browser does.
type visitor struct {
	t       *testing.T
	address string
	cookie  string
}

func (v *visitor) call(method, path, body string) (status int, answer string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.address+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Cookie", v.cookie)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		v.cookie = c.Name + "=" + c.Value
	}
	return res.StatusCode, string(data)
}

// enter signs up or in and gives what the server calls the person.
func enter(t *testing.T, address, way, name string) (visitor, map[string]string) {
	t.Helper()
	v := visitor{t: t, address: address}
	status, body := v.call("POST", "/api/auth/"+way, `{"username":"`+name+`","password":"battery staple `+name+`"}`)
	if status >= http.StatusBadRequest {
		t.Fatalf("%s of %s: %d %s", way, name, status, body)
	}
	var me map[string]string
	if err := json.Unmarshal([]byte(body), &me); err != nil {
		t.Fatal(err)
	}
	return v, me
}

// chat has one short conversation with the demo model.
func (v *visitor) chat(cwd, text string) (sessionID string) {
	v.t.Helper()
	_, body := v.call("POST", "/api/tokens", `{"name":"test"}`)
	var token struct{ Token string }
	if err := json.Unmarshal([]byte(body), &token); err != nil {
		v.t.Fatal(err)
	}
	c := world.At(v.t, strings.TrimPrefix(v.address, "http://")).Dial(world.User{Token: token.Token})
	defer c.Drop()
	sessionID = c.NewSession(cwd)
	c.Prompt(sessionID, text)
	return sessionID
}

// TestLostDatabase removes the database under two people with conversations, and starts again.
func TestLostDatabase(t *testing.T) {
	root := t.TempDir()
	environ := []string{"SIGNUP=open"}
	address, _, stop := startAt(t, root, environ, "--with-gateway")
	people := map[string]map[string]string{}
	sessions := map[string]string{}
	for _, name := range []string{"ada", "bob"} {
		v, me := enter(t, address, "signup", name)
		people[name], sessions[name] = me, v.chat(me["defaultCwd"], "hello from "+name)
	}
	if people["ada"]["role"] != "admin" || people["bob"]["role"] != "user" {
		t.Fatalf("roles before: %v", people)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	files, err := filepath.Glob(filepath.Join(root, ".agentchat", "agentchat.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database found: %v", err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}

	address, out, _ := startAt(t, root, nil, "--with-gateway")
	if strings.Count(out.String(), "accounts restored") != 1 {
		t.Errorf("the log:\n%s", out)
	}
	stranger := visitor{t: t, address: address}
	if status, body := stranger.call("POST", "/api/auth/signup", `{"username":"stranger","password":"battery staple"}`); status != http.StatusForbidden {
		t.Errorf("the first visitor: %d %s", status, body)
	}
	for name, before := range people {
		v, me := enter(t, address, "login", name)
		if me["id"] != before["id"] || me["role"] != before["role"] || me["home"] != before["home"] {
			t.Errorf("%s was %v and is %v", name, before, me)
		}
		if status, body := v.call("GET", "/api/sessions/"+sessions[name]+"/messages", ""); status != http.StatusOK || !strings.Contains(body, "hello from "+name) {
			t.Errorf("the conversation of %s: %d %s", name, status, body)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
