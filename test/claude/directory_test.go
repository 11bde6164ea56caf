package claude_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
)

// TestDirectories runs the program in directories with odd names: its files lie where we look for them.
func TestDirectories(t *testing.T) {
	d := newDesk(t)
	real := filepath.Join(d.cwd, "real one")
	must(t, os.MkdirAll(real, 0o700))
	link := filepath.Join(d.cwd, "link")
	must(t, os.Symlink(real, link))
	for name, dir := range map[string]struct{ runIn, kept string }{
		"odd letters":    oneDirectory(filepath.Join(d.cwd, "two words", "..dots.d", "项目", "👩‍👧😀", "cafe\u0301 café", "_~+@#%")),
		"200 letters":    oneDirectory(padded(d.cwd, 200, "a")),
		"201 letters":    oneDirectory(padded(d.cwd, 201, "a")),
		"cut in a pair":  oneDirectory(padded(d.cwd, 199, "a") + "😀 and more"),
		"long and odd":   oneDirectory(padded(d.cwd, 400, "项目 z.")),
		"a link":         {link, real},
		"below the link": {filepath.Join(link, "below"), filepath.Join(real, "below")},
	} {
		t.Run(dashed(name), func(t *testing.T) {
			t.Parallel()
			must(t, os.MkdirAll(dir.runIn, 0o700))
			id := uuid.NewString()
			d.of(t).at(dir.runIn).mustRun(newModel(t), "-p", "hello", "--session-id", id)
			conv := d.of(t).at(dir.kept).load(id)
			if got := conv.Summary().Cwd; got != dir.kept {
				t.Errorf("the records name %q", got)
			}
		})
	}
}

func oneDirectory(path string) (d struct{ runIn, kept string }) {
	d.runIn, d.kept = path, path
	return d
}

// padded is a path below dir that is so many UTF-16 units long, of these letters over and over.
func padded(dir string, length int, letters string) string {
	units := utf16.Encode([]rune(dir + "/"))
	for i := 0; len(units) < length; i++ {
		part := utf16.Encode([]rune(letters))
		if i%20 == 19 && len(units) < length-1 {
			part = []uint16{'/'}
		}
		units = append(units, part[:min(len(part), length-len(units))]...)
	}
	return strings.TrimSuffix(string(utf16.Decode(units)), "/")
}

// TestSameDirectoryName has sessions of two directories whose encoded names are the same: the program puts them into one
// place, and they are told apart here.
func TestSameDirectoryName(t *testing.T) {
	t.Parallel()
	s := newServer(t, newModel(t))
	dirs := []string{filepath.Join(s.user.Cwd, "a", "b-c"), filepath.Join(s.user.Cwd, "a-b", "c")}
	want := map[string][]string{}
	for _, dir := range dirs {
		must(t, os.MkdirAll(dir, 0o700))
		ours := s.client.NewSession(dir)
		s.client.Prompt(ours, "hello")
		theirs := s.desk.at(dir).session(newModel(t), "-p", "hello")
		want[dir] = []string{ours, theirs}
	}
	if one, other := s.desk.at(dirs[0]).sessions(), s.desk.at(dirs[1]).sessions(); len(one) != 4 || !slices.Equal(one, other) {
		t.Errorf("the sessions do not lie in one place: %q and %q", one, other)
	}
	for dir, ids := range want {
		slices.Sort(ids)
		var got []string
		for deadline := time.Now().Add(20 * time.Second); len(got) < 2 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			got = s.listedIn(t, dir)
		}
		if !slices.Equal(got, ids) {
			t.Errorf("in %q there are %q, not %q", dir, got, ids)
		}
	}
}

// listedIn are the ids of the sessions that are listed for a directory, in order.
func (s *server) listedIn(t *testing.T, dir string) []string {
	t.Helper()
	result, err := s.client.Call(acp.MethodSessionList, acp.ListSessionsRequest{Cwd: dir})
	must(t, err)
	var list acp.ListSessionsResponse
	must(t, json.Unmarshal(result, &list))
	var ids []string
	for _, session := range list.Sessions {
		ids = append(ids, session.SessionID)
	}
	slices.Sort(ids)
	return ids
}
