package tool

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"sync"
)

// State is what the tools of one session remember from call to call. It is safe for concurrent use and is lost when the
// session is closed: files must then be read again before they are changed. Close must be called.
type State struct {
	mu    sync.Mutex
	files map[string][sha256.Size]byte // by path in the workspace: what the model knows as the content
	todos []todo
	cwd   string // where the shell is; empty before the first command
	jobs  jobs
}

// NewState makes the state of a new session.
func NewState() *State {
	return &State{files: make(map[string][sha256.Size]byte)}
}

// know remembers that the model has seen, or written, this content.
func (s *State) know(rel string, content []byte) {
	sum := sha256.Sum256(content)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[rel] = sum
}

// knows says whether the model has seen the file at all, and whether in this state.
func (s *State) knows(rel string, content []byte) (seen, current bool) {
	s.mu.Lock()
	sum, seen := s.files[rel]
	s.mu.Unlock()
	return seen, seen && sum == sha256.Sum256(content)
}

// known is what the model knows of files: the sums of their contents, by path in the workspace.
type known map[string][]byte

// known gives all that the state says of files.
func (s *State) known() known {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(known, len(s.files))
	for rel, sum := range s.files {
		all[rel] = sum[:]
	}
	return all
}

// learn takes in what is known of files.
func (s *State) learn(k known) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rel, sum := range k {
		if len(sum) == sha256.Size {
			s.files[rel] = [sha256.Size]byte(sum)
		}
	}
}

// without leaves out what is known already.
func (k known) without(before known) known {
	maps.DeleteFunc(k, func(rel string, sum []byte) bool { return bytes.Equal(before[rel], sum) })
	return k
}

// Cwd is where the session's shell is; start before its first command.
func (s *State) Cwd(start string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cwd == "" {
		return start
	}
	return s.cwd
}

func (s *State) setShellCwd(cwd string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cwd = cwd
}

// replaceTodos sets the todo list and gives the one before.
func (s *State) replaceTodos(todos []todo) []todo {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.todos
	s.todos = todos
	return old
}
