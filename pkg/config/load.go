package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/viper"
)

// maxFile bounds files that hold settings or the key, in bytes.
const maxFile = 1 << 20

// Load reads the settings from environ (in the form of os.Environ) and from a file, and checks them. The environment
// wins over the file. An empty file means the one that CONFIG_FILE names, if any; a variable that is set to nothing
// counts as not set. An error is of type Problems and holds every mistake.
func Load(environ []string, file string) (*Config, error) {
	r := &reader{values: viper.New()}
	env := fromEnviron(environ)
	if file == "" {
		file = env[keyConfigFile]
	}
	if file != "" {
		r.readFile(file)
	}
	for name, value := range env {
		r.values.Set(name, value)
	}
	cfg := r.config()
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return cfg, nil
}

// fromEnviron picks the settings out of an environment; the last one of a name counts.
func fromEnviron(environ []string) map[string]string {
	env := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if !slices.ContainsFunc(settings, func(s Setting) bool { return s.Name == name }) {
			continue
		}
		delete(env, name)
		if strings.TrimSpace(value) != "" {
			env[name] = value
		}
	}
	return env
}

// readFile reads a file of settings. What its parser says is not passed on, because it may quote a secret.
func (r *reader) readFile(file string) {
	data, err := readSmall(file)
	if err != nil {
		r.problem(keyConfigFile, "the file %s cannot be read: %v", file, reasonOf(err))
		return
	}
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(file)), ".")
	if !slices.Contains([]string{"yaml", "yml", "json", "toml", "env"}, format) {
		r.problem(keyConfigFile, "the file %s must end in .yaml, .json, .toml or .env", file)
		return
	}
	r.values.SetConfigType(format)
	if err := r.values.ReadConfig(bytes.NewReader(data)); err != nil {
		r.problem(keyConfigFile, "the file %s is not valid %s%s", file, format, lineOf(err))
		return
	}
	for _, name := range r.values.AllKeys() {
		if !known(name) {
			r.problem(keyConfigFile, "the file %s holds %s, which is not a setting", file, strings.ToUpper(shown(name)))
		}
	}
}

var lineNumber = regexp.MustCompile(`\bline (\d+)`)

// lineOf takes nothing but the line number from a parser's error.
func lineOf(err error) string {
	if m := lineNumber.FindStringSubmatch(err.Error()); m != nil {
		return " near line " + m[1]
	}
	return ""
}

// errTooBig is for files that cannot be what they should be.
var errTooBig = errors.New("it is too big")

// readSmall reads a regular file of at most maxFile bytes.
func readSmall(file string) (_ []byte, err error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(file) //nolint:gosec // The operator names the file.
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		return nil, errTooBig
	}
	return data, err
}

// reasonOf is the bare cause of a file error, whose path the sentence around it has already.
func reasonOf(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

// reader collects values and problems while a Config is made.
type reader struct {
	values   *viper.Viper
	problems Problems
}

// problem notes a mistake; the sentence must not hold a secret.
func (r *reader) problem(name, format string, args ...any) {
	r.problems = append(r.problems, name+": "+fmt.Sprintf(format, args...)+".")
}

// text is the value of a setting without space around it; its default if it is not set.
func (r *reader) text(name string) string {
	if v := strings.TrimSpace(r.values.GetString(name)); v != "" {
		return v
	}
	return defaultOf(name)
}

// list is a setting with several values: a list in a file, or values separated by commas or space.
func (r *reader) list(name string) []string {
	var values []string
	for _, v := range r.values.GetStringSlice(name) {
		values = append(values, strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\t' })...)
	}
	return values
}

// shown quotes a value in a sentence, unless it is so long that it may be a secret in the wrong place.
func shown(value string) string {
	if len(value) > 24 {
		return "the value"
	}
	return fmt.Sprintf("%q", value)
}
