package permission_test

import (
	"strings"
	"testing"

	"claude-agent-chat/pkg/permission"
)

func TestSuggest(t *testing.T) {
	for _, row := range []struct {
		call permission.Call
		want string // separated by spaces and bars; empty if there is none
	}{
		{bash("git status"), "Bash(git status:*)"},
		{bash("git commit -m 'a b'"), "Bash(git commit:*)"},
		{bash("git status && git commit -m a"), "Bash(git commit:*)"},
		{bash("git -C x push"), ""},
		{bash("git config user.name x"), ""},
		{bash("npm run build -- --x"), "Bash(npm run build:*)"},
		{bash("npm test 2>&1 | tail -5"), "Bash(npm test:*)"},
		{bash("cd web && npm ci && npm test"), "Bash(npm ci:*) | Bash(npm test:*)"},
		{bash("timeout 60 go test ./..."), "Bash(go test:*)"},
		{bash("NODE_ENV=test npm test"), "Bash(npm test:*)"},
		{bash("PATH=x npm test"), ""},
		{bash("npm run \"$X\""), ""},
		{bash("npm --prefix x test"), ""},
		{bash("npm exec rm"), ""},
		{bash("npx rm"), ""},
		{bash("docker run x"), ""},
		{bash("docker build ."), "Bash(docker build:*)"},
		{bash("pytest tests/a.py"), "Bash(pytest:*)"},
		{bash("rm foo"), ""},
		{bash("bash -c ls"), ""},
		{bash("sudo npm test"), ""},
		{bash("python x.py"), ""},
		{bash("npm test > out"), ""},
		{bash("npm test; $X"), ""},
		{bash("npm test; rm x"), ""},
		{bash("npm test ((("), ""},
		{bash("npm test $(rm x)"), ""},
		{bash("npm a; npm b; npm c; npm d; npm e; npm f"), ""},
		{bash(""), ""},
		{call("Read", `{"file_path":"src/a.go"}`), "Read(//home/u/proj/src/**)"},
		{call("Read", `{"file_path":"/a"}`), "Read(//**)"},
		{call("Read", `{"file_path":"/a [b]/c"}`), `Read(//a \\[b\\]/**)`},
		{call("Grep", `{"pattern":"x","path":"src"}`), "Read(//home/u/proj/src/**)"},
		{call("Glob", `{"pattern":"*.go"}`), "Read(//home/u/proj/**)"},
		{call("Edit", `{"file_path":"src/a.go"}`), "Edit(//home/u/proj/src/a.go)"},
		{call("Write", `{"file_path":"/a/(b)*!"}`), `Edit(//a/\(b\)\\*\\!)`},
		{call("Write", `{}`), ""},
		{call("WebFetch", `{"url":"https://Example.com/x"}`), "WebFetch(domain:example.com)"},
		{call("WebFetch", `{"url":"https://a@example.com/x"}`), ""},
		{call("WebSearch", `{"query":"x"}`), "WebSearch"},
		{call("mcp__a__b", `{}`), "mcp__a__b"},
		{call("Task", `{"subagent_type":"Explore"}`), "Task(Explore)"},
		{call("Skill", `{"skill":"deploy"}`), "Skill(deploy)"},
		{call("Bad Name", `{}`), ""},
	} {
		var texts []string
		suggested := permission.Suggest(row.call)
		for _, rule := range suggested {
			texts = append(texts, rule.String())
		}
		if got := strings.Join(texts, " | "); got != row.want {
			t.Errorf("%s %s: %s, want %s", row.call.Tool, row.call.Input, got, row.want)
		}
		if len(suggested) > 0 && permission.New(source(t, "allow "+strings.Join(texts, "\nallow "))).Judge(row.call).Behavior != permission.Allow && len(suggested) == 1 {
			t.Errorf("%s %s is not allowed by %v", row.call.Tool, row.call.Input, texts)
		}
	}
}

func TestExact(t *testing.T) {
	for command, ok := range map[string]bool{
		"rm foo": true, "  rm foo\n": true, "ls *.go": true, "npm test > out; rm x": true, `find . -name \*.go`: true, "echo (a) \\(": true,
		"cat <<E\na\nE": true, "a:*": true, "*": true, `a \`: true, "": false, "a\x01": false, "a\r\nb": false,
	} {
		rule, got := permission.Exact(bash(command))
		if got != ok {
			t.Errorf("%q: %v %v", command, rule, got)
			continue
		}
		if !ok {
			continue
		}
		set := permission.New(source(t, "allow "+rule.String()))
		if v := set.Judge(bash(command)); v.Behavior != permission.Allow {
			t.Errorf("%q is not allowed by %s", command, rule)
		}
		for _, other := range []string{command + " x", "x " + command, command + "; rm x", strings.ReplaceAll(command, "*", "x") + " "} {
			if strings.TrimSpace(other) != strings.TrimSpace(command) && set.Judge(bash(other)).Behavior == permission.Allow {
				t.Errorf("%q is allowed by %s", other, rule)
			}
		}
	}
	if _, ok := permission.Exact(call("Read", `{"file_path":"x","command":"y"}`)); ok {
		t.Error("a command was found in a call of Read")
	}
}

func TestReadOnlyCommand(t *testing.T) {
	for _, command := range []string{
		"ls", "ls -la *.go", "cat a b | head -n 5 | wc -l", "grep -rn 'a b' . 2>/dev/null", "find . -name '*.go' -type f", "rg -n foo src",
		"pwd; echo hi && date +%s || true", "git status", "git log --oneline -5", "git diff HEAD~1 -- x", "git --no-pager show HEAD", "git branch -a",
		"git branch --list 'a*'", "git branch --sort=-committerdate", "git tag -l", "git remote -v", "git stash list", "git config --get user.name",
		"git worktree list", "sort -k2,2 a | uniq -c | cut -f1", "which go; type ls", "stat x; du -sh .; df -h", "cd sub && ls", "cd .. ; ls | cat /dev/null",
		"echo $(ls)", "echo \"$HOME\" ${a:-b}", "(ls; pwd)", "{ ls; }", "! grep -q a b", "sed -n '10,20p' x", "sed -n 5p", "test -f x && cat x", "[ -d x ]",
		"[ \"$a\" = b ]", "wc -l < x", "cat <<E\nhi\nE", "ls 2>&1", "ls >/dev/null 2>&1", "node --version", "command -v go", "printf '%s' x", "cat <(ls) x",
		"tail -f x & wc x", "echo a#b", "# only\nls", "jq .a x.json", "file x", "tree -L 2",
	} {
		if want := !strings.HasPrefix(command, "cd .."); permission.ReadOnlyCommand(command, "/home/u/proj") != want {
			t.Errorf("%q: want %v", command, want)
		}
	}
	for _, command := range []string{
		"", "#", "(", "rm x", "ls; rm x", "ls > x", "ls >> x", "ls &> x", "cat x >| y", "cat 2> x", "ls > $X", "ls > /dev/null/x", "echo $(rm x)",
		"echo `rm x`", "cat <(rm x)", "ls ${a:-$(rm x)}", "A=1 ls", "A=1", "f() { ls; }", "f() { ls; }; f", "for i in a; do ls; done", "if ls; then ls; fi",
		"while true; do ls; done", "case a in a) ls;; esac", "[[ a ]]", "((a))", "echo $((a))", "echo $((1+a))", "echo ${a:=b}", "echo ${a@P}", "echo ${!a}", "$X", "l$X", "/bin/ls",
		"./ls", "find . -exec ls {} +", "find . -delete", "find . -fprint x", "find . -ok ls ';'", "find . $X", "find *", "find . -fls x",
		"sort -o x y", "sort -ro x y", "sort --output=x y", "sort --out x", "sort --compress-program=rm x", "sort -T x y", "sort *", "uniq a b",
		"uniq -- -a -b", "uniq $X", "xxd a b", "xxd -r a", "tree -o x", "file -C x", "rg --pre rm x", "rg --pre=rm x", "rg -z x", "date -s x", "date --set=x",
		"date 01010101", "hostname x", "sed -i s/a/b/ x", "sed -n '1w x'", "sed -n 1p -i x", "sed p", "sed -n 1e", "awk 1", "git push", "git -c a=b status", "git -C x status",
		"git --git-dir=x log", "git --exec-path=x log", "git -p log", "git diff --output=x", "git diff --outp x", "git log --ext-diff", "git show --textconv",
		"git grep -O x", "git grep --open-files-in-pager=rm x", "git diff -Ox", "git branch x", "git branch -D x", "git branch -m a b", "git branch -- x",
		"git branch -a -D x", "git branch --edit-description", "git branch -u x", "git tag x", "git tag -d x", "git tag -a x -m y", "git remote add a b",
		"git remote -v update", "git stash", "git stash pop", "git config a.b c", "git config --get a --unset b", "git config -e", "git config --file x --get a", "git worktree add x",
		"git reflog expire", "git reflog", "git", "git $X", "git status *", "git cat-file --textconv x", "git fetch", "git checkout x", "git bisect run x",
		"cd sub && git status", "cd $X && ls", "cd /etc", "cd -", "cd ~", "cd", "cd a b", "pushd x", "xargs ls", "env ls", "sudo ls", "time ls", "nice ls",
		"bash -c ls", "eval ls", "exec ls", "command ls", "builtin echo a", "source x", ". x", "alias a=b", "export A=b", "trap ls EXIT", "tee x", "cat x | sh",
		"printf -v a b", "test -v a", "[ -v a ]", "[ $x ]", "[ \"$x\" \"$y\" ]", "cat < /dev/tcp/a/1", "cat < $X", "cat <> x", "ls <&3 >&x", "{a}>/dev/null ls",
		"make version", "node version", "python x.py", "npm test", "node -e x --version", "yes", "less x", "man x", "vi x", "ls\rrm x", "ls \x00", "echo 'a",
		"ls # \\\nrm x", "ls >&-x", "ls @(a)", "coproc ls", "select a in b; do ls; done", "jq -f x y", "diff -l a b", "curl x", "ls | while read x; do ls; done",
	} {
		if permission.ReadOnlyCommand(command, "/home/u/proj") {
			t.Errorf("%q is said to only read", command)
		}
	}
}
