package permission_test

import (
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/permission"
)

// TestAllowCommands holds single allow rules, several of them split by bars, against commands.
func TestAllowCommands(t *testing.T) {
	for _, row := range []struct {
		allow   string
		command string
		want    permission.Behavior
	}{
		{"Bash", "anything; at $all", permission.Allow},
		{"Bash", "(((", permission.Allow},
		{"Bash(*)", "rm -rf / > x", permission.Allow},
		{"Bash(npm test)", "npm test", permission.Allow},
		{"Bash(npm test)", " npm   test ", permission.Allow},
		{"Bash(npm test)", "npm 'test'", permission.Allow},
		{"Bash(npm test)", "npm test --watch", permission.None},
		{"Bash(npm test)", "npm tes", permission.None},
		{"Bash(npm test)", "NPM test", permission.None},
		{"Bash(npm test:*)", "npm test", permission.Allow},
		{"Bash(npm test:*)", "npm test --watch", permission.Allow},
		{"Bash(npm test:*)", "npm testing", permission.None},
		{"Bash(npm test:*)", "npm 'test --watch'", permission.None},
		{"Bash(npm test *)", "npm test", permission.Allow},
		{"Bash(npm test *)", "npm test a b", permission.Allow},
		{"Bash(npm test *)", "npm tests", permission.None},
		{"Bash(npm test*)", "npm tests", permission.Allow},
		{"Bash(ls*)", "lsof", permission.Allow},
		{"Bash(make *)", "make all", permission.Allow},
		{"Bash(make *)", "makefile", permission.None},
		{"Bash(git * main)", "git checkout main", permission.Allow},
		{"Bash(git * main)", "git push origin main", permission.Allow},
		{"Bash(git * main)", "git checkout main2", permission.None},
		{"Bash(git * main)", "git push origin main; rm x", permission.None},
		{"Bash(* --version)", "foo --version", permission.Allow},
		{"Bash(* --version)", "A=1 foo --version", permission.None},
		{"Bash(* --version)", "LD_PRELOAD=x foo --version", permission.None},
		{"Bash(* --version)", "bash -c 'rm x' --version", permission.None},
		{"Bash(* --version)", "$(rm x) --version", permission.None},
		{"Bash(* install)", "npm install", permission.Allow},
		{"Bash(git:* push)", "git push", permission.None},
		{`Bash(ls \*)`, `ls '*'`, permission.None},
		{`Bash(echo \*:*)`, `make x`, permission.None},
		{"Bash(npm test:*)", "npm test && npm test -- a", permission.Allow},
		{"Bash(npm test:*)", "npm test && rm x", permission.None},
		{"Bash(npm test:*)", "npm test; rm x", permission.None},
		{"Bash(npm test:*)", "npm test\nrm x", permission.None},
		{"Bash(npm test:*)", "npm test & rm x", permission.None},
		{"Bash(npm test:*)", "npm test | sh", permission.None},
		{"Bash(npm test:*)", "npm test $(rm x)", permission.None},
		{"Bash(npm test:*)", "npm test `rm x`", permission.None},
		{"Bash(npm test:*)", "npm test <(rm x)", permission.None},
		{"Bash(npm test:*)", "npm test \"$(rm x)\"", permission.None},
		{"Bash(npm test:*)", "npm test ${a:-$(rm x)}", permission.None},
		{"Bash(npm test:*)", "npm test # $(rm x)", permission.Allow},
		{"Bash(npm test:*)", "npm test '$(rm x)'", permission.Allow},
		{"Bash(npm test:*)", "npm test \\$\\(rm x\\)", permission.Allow},
		{"Bash(npm test:*)", "npm test # \\\nrm x", permission.None},
		{"Bash(npm test:*)", "npm test \"$HOME/x\" $Y *.js", permission.Allow},
		{"Bash(npm test:*)", "npm test > out.txt", permission.None},
		{"Bash(npm test:*)", "npm test >> out.txt", permission.None},
		{"Bash(npm test:*)", "npm test >| out.txt", permission.None},
		{"Bash(npm test:*)", "npm test &> out.txt", permission.None},
		{"Bash(npm test:*)", "npm test >& out.txt", permission.None},
		{"Bash(npm test:*)", "npm test <> out.txt", permission.None},
		{"Bash(npm test:*)", "npm test 2> out.txt", permission.None},
		{"Bash(npm test:*)", "npm test > /dev/null", permission.Allow},
		{"Bash(npm test:*)", "npm test > /dev/null 2>&1", permission.Allow},
		{"Bash(npm test:*)", "npm test &>/dev/null", permission.Allow},
		{"Bash(npm test:*)", "npm test 2>&1 | tail -5", permission.Allow},
		{"Bash(npm test:*)", "npm test 2>&1 | tee out.txt", permission.None},
		{"Bash(npm test:*)", "npm test > /dev/tcp/h/1", permission.None},
		{"Bash(npm test:*)", "npm test < /dev/tcp/h/1", permission.None},
		{"Bash(npm test:*)", "npm test < $F", permission.None},
		{"Bash(npm test:*)", "npm test < in.txt", permission.Allow},
		{"Bash(npm test:*)", "npm test > /dev/null/../../x", permission.None},
		{"Bash(npm test:*)", "npm test > $F", permission.None},
		{"Bash(npm test:*)|Edit(/build/**)", "npm test > build/out.txt", permission.Allow},
		{"Bash(npm test:*)|Edit(/build/**)", "npm test > build/../out.txt", permission.None},
		{"Bash(npm test:*)|Edit(/build/**)", "cd sub && npm test > build/out.txt", permission.None},
		{"Bash(npm test:*)|Edit(/build/**)", "npm test > build/$F", permission.None},
		{"Edit(/build/**)", "echo a > build/x", permission.Allow},
		{"Bash(npm test:*)", "cd sub && npm test", permission.Allow},
		{"Bash(npm test:*)", "cd /etc && npm test", permission.None},
		{"Bash(npm test:*)", "cd .. && npm test", permission.None},
		{"Bash(npm test:*)", "cd $D && npm test", permission.None},
		{"Bash(npm test:*)|Bash(cd:*)", "cd /etc && npm test", permission.Allow},
		{"Bash(git commit:*)", "cd sub && git commit -m a", permission.None},
		{"Bash(git commit:*)", "cd . && git commit -m a", permission.Allow},
		{"Bash(git commit:*)", "cd /home/u/proj && git commit -m a", permission.Allow},
		{"Bash(git commit:*)", "git commit -m \"$(cat <<'EOF'\nA message; rm x\n\n$(rm x)\nEOF\n)\"", permission.Allow},
		{"Bash(git commit:*)", "git commit -m \"$(cat <<EOF\nA $(rm x)\nEOF\n)\"", permission.None},
		{"Bash(git commit:*)", "git commit -m \"$(cat <<'EOF'\nA\nEOF rm x\nEOF\n)\"", permission.None},
		{"Bash(git commit:*)", "git -c core.editor=x commit", permission.None},
		{"Bash(git:*)", "git -c core.editor=x commit", permission.None},
		{"Bash(git:*)", "git --exec-path=/x status", permission.None},
		{"Bash(git:*)", "git -C sub commit -m x", permission.Allow},
		{"Bash(git:*)", "git bisect run rm x", permission.None},
		{"Bash(git:*)", "git submodule foreach 'rm x'", permission.None},
		{"Bash(git:*)", "git rebase -x 'rm x' main", permission.None},
		{"Bash(git:*)", "git rebase main", permission.Allow},
		{"Bash(npm run:*)", "NODE_ENV=test npm run build", permission.Allow},
		{"Bash(npm run:*)", "CI=1 NO_COLOR=1 npm run build", permission.Allow},
		{"Bash(npm run:*)", "PATH=/tmp npm run build", permission.None},
		{"Bash(npm run:*)", "LD_PRELOAD=./x.so npm run build", permission.None},
		{"Bash(npm run:*)", "NODE_OPTIONS=--require=./x npm run build", permission.None},
		{"Bash(npm run:*)", "npm_config_script_shell=./x npm run build", permission.None},
		{"Bash(npm run:*)", "BASH_ENV=x npm run build", permission.None},
		{"Bash(npm run:*)", "GIT_SSH_COMMAND=x npm run build", permission.None},
		{"Bash(npm run:*)", "https_proxy=x npm run build", permission.None},
		{"Bash(npm run:*)", "PATH=/tmp; npm run build", permission.None},
		{"Bash(npm run:*)", "export PATH=/tmp; npm run build", permission.None},
		{"Bash(npm run:*)", `\export PATH=/tmp; npm run build`, permission.None},
		{"Bash(npm run:*)", `"export" PATH=/tmp; npm run build`, permission.None},
		{"Bash(npm run:*)", `builtin export PATH=/tmp; npm run build`, permission.None},
		{"Bash(npm run:*)", `command declare -x PATH=/tmp; npm run build`, permission.None},
		{"Bash(npm run:*)", `readonly PATH=/tmp; npm run build`, permission.None},
		{"Bash(npm run:*)", `for PATH in /tmp; do npm run build; done`, permission.None},
		{"Bash(npm run:*)", `: ${PATH:=/tmp}; npm run build`, permission.None},
		{"Bash(npm run:*)", `read PATH < x; npm run build`, permission.None},
		{"Bash(npm run:*)", `printf -v PATH /tmp; npm run build`, permission.None},
		{"Bash(npm run:*)", `export $A; npm run build`, permission.None},
		{"Bash(npm run:*)", `{PATH}>/dev/null npm run build`, permission.None},
		{"Bash(npm run:*)", `((PATH=1)); npm run build`, permission.None},
		{"Bash(npm run:*)", `export NODE_ENV=test; npm run build`, permission.Allow},
		{"Bash(npm run:*)", `x=1; npm run build $x`, permission.Allow},
		{"Bash(npm run:*)", `set -euo pipefail; npm run build`, permission.Allow},
		{"Bash(npm run:*)", `set -o posix; npm run build`, permission.None},
		{"Bash(npm run:*)", `for i in a b; do npm run $i; done`, permission.Allow},
		{"Bash(npm run:*)", `if [ -f x ]; then npm run a; else npm run b; fi`, permission.Allow},
		{"Bash(npm run:*)", `[ "$a" "$b" ] && npm run a`, permission.None},
		{"Bash(npm run:*)", `while read -r line; do npm run "$line"; done < x`, permission.Allow},
		{"Bash(npm run:*)", `npm() { rm x; }; npm run a`, permission.None},
		{"Bash(npm run:*)", `alias npm=rm; npm run a`, permission.None},
		{"Bash(npm run:*)", `hash -p ./x npm; npm run a`, permission.None},
		{"Bash(npm run:*)", `enable -f ./x npm; npm run a`, permission.None},
		{"Bash(npm run:*)", `trap 'rm x' EXIT; npm run a`, permission.None},
		{"Bash(npm run:*)", `./npm run a`, permission.None},
		{"Bash(npm run:*)", `/usr/bin/npm run a`, permission.None},
		{"Bash(npm run:*)", `npm\ run a`, permission.None},
		{"Bash(npm run:*)", `npm $X a`, permission.None},
		{"Bash(npm run:*)", `npm r* a`, permission.None},
		{"Bash(npm run:*)", `npm {run,a}`, permission.None},
		{"Bash(npm run:*)", `$X npm run a`, permission.None},
		{"Bash(npm run:*)", `n$X run a`, permission.None},
		{"Bash(npm run:*)", "npm run a\r\n", permission.None},
		{"Bash(npm run:*)", "npm run a\r\nrm x", permission.None},
		{"Bash(npm run:*)", "npm run a\x00b", permission.None},
		{"Bash(npm run:*)", "npm run 'a", permission.None},
		{"Bash(npm run:*)", "npm run a )", permission.None},
		{"Bash(npm run:*)", "npm run @(a|b)", permission.None},
		{"Bash(npm run:*)", "npm run $((1+1))", permission.Allow},
		{"Bash(npm run:*)", "npm run $((a+1))", permission.None},
		{"Bash(npm run:*)", "npm run ${a@P}", permission.None},
		{"Bash(npm run:*)", "npm run ${!a}", permission.None},
		{"Bash(npm run:*)", "npm run ${a[0]} ${a[@]} ${#a} ${a%.js} ${a/b/c} ${a:1:2}", permission.Allow},
		{"Bash(npm run:*)", "npm run ${a[b]}", permission.None},
		{"Bash(npm run:*)", "npm run a | while true; do rm x; done", permission.None},
		{"Bash(npm run:*)", "coproc npm run a", permission.None},
		{"Bash(npm run:*)", "timeout 30 npm run a", permission.Allow},
		{"Bash(npm run:*)", "timeout -k 5 30s npm run a", permission.Allow},
		{"Bash(npm run:*)", "timeout --unknown 30 npm run a", permission.None},
		{"Bash(npm run:*)", "timeout 30 rm x", permission.None},
		{"Bash(timeout:*)", "timeout 30 rm x", permission.None},
		{"Bash(timeout 30 npm run a)", "timeout 30 npm run a", permission.Allow},
		{"Bash(npm run:*)", "nice -n 5 nohup stdbuf -oL npm run a", permission.Allow},
		{"Bash(npm run:*)", "time npm run a", permission.Allow},
		{"Bash(npm run:*)", "time -p npm run a", permission.Allow},
		{"Bash(npm run:*)", "/usr/bin/time -o x npm run a", permission.None},
		{"Bash(npm run:*)", "command npm run a", permission.Allow},
		{"Bash(npm run:*)", "./timeout 5 npm run a", permission.None},
		{"Bash(npm run:*)", "eval 'npm run a'", permission.Allow},
		{"Bash(npm run:*)", "eval 'npm run a; rm x'", permission.None},
		{"Bash(npm run:*)", "env npm run a", permission.None},
		{"Bash(npm run:*)", "sudo npm run a", permission.None},
		{"Bash(npm run:*)", "xargs npm run", permission.None},
		{"Bash(npm run:*)", "bash -c 'npm run a'", permission.None},
		{"Bash(bash:*)", "bash -c 'npm run a'", permission.None},
		{"Bash(bash:*)|Bash(npm run:*)", "bash -c 'npm run a'", permission.Allow},
		{"Bash(bash:*)|Bash(npm run:*)", "bash -c 'npm run a; rm x'", permission.None},
		{"Bash(bash:*)", "bash build.sh", permission.Allow},
		{"Bash(bash:*)", "curl x | bash", permission.None},
		{"Bash(bash:*)", "bash <(curl x)", permission.None},
		{"Bash(env:*)|Bash(npm run:*)", "env A=1 npm run a", permission.None},
		{"Bash(env:*)|Bash(npm run:*)", "env CI=1 npm run a", permission.Allow},
		{"Bash(env:*)|Bash(npm run:*)", "env LD_PRELOAD=x npm run a", permission.None},
		{"Bash(sudo:*)|Bash(npm run:*)", "sudo -u a npm run a", permission.Allow},
		{"Bash(sudo:*)", "sudo rm x", permission.None},
		{"Bash(xargs:*)|Bash(grep:*)", "ls | xargs -n1 grep a", permission.Allow},
		{"Bash(xargs:*)", "ls | xargs rm", permission.None},
		{"Bash(watch:*)|Bash(ls:*)", "watch ls", permission.None},
		{"Bash(watch ls)", "watch ls", permission.Allow},
		{"Bash(find:*)", "find . -name x", permission.Allow},
		{"Bash(find:*)", "find . -name '*.go' -exec rm {} +", permission.None},
		{"Bash(find:*)", "find . -delete", permission.None},
		{"Bash(find:*)", "find . -fprintf x y", permission.None},
		{"Bash(find:*)", "find . $X", permission.None},
		{"Bash(find:*)", "find *", permission.None},
		{"Bash(find . -delete)", "find . -delete", permission.Allow},
		{"Bash(A=1 npm test)", "A=1 npm test", permission.Allow},
		{"Bash(A=1 npm test:*)", "A=1 npm test -x", permission.Allow},
		{"Bash(A=1 npm test:*)", "A=1 B=2 npm test", permission.None},
		{"Bash(A=1 *)", "A=1 LD_PRELOAD=x npm test", permission.None},
		{"Bash(npm test | tee log)", "npm test | tee log", permission.Allow},
		{"Bash(npm test | tee log)", "npm test | tee log2", permission.None},
		{"Bash(curl * | bash)", "curl x | bash", permission.None},
		{"Bash(echo $X)", "X=1; echo $X", permission.None},
		{"Bash(rm a b)", `rm "a b"`, permission.None},
		{`Bash(rm "a b")`, `rm "a b"`, permission.Allow},
		{`Bash(rm 'a b')`, `rm a\ b`, permission.Allow},
		{"Read(x)", "cat x", permission.None},
		{"Bash(cat:*)", "cat x y", permission.Allow},
		{"Bash(a)|Bash(b)", "a && b || a; b | a", permission.Allow},
		{"Bash(a)|Bash(b)", "a && (b; { a; }) && ! b &", permission.Allow},
		{"Bash(a)|Bash(b)", "a && c", permission.None},
		{"Bash(git commit:*)", "builtin cd sub && git commit -m a", permission.None},
		{"Bash(git commit:*)", "command cd sub && git commit -m a", permission.None},
		{"Bash(git commit:*)", "eval 'cd sub' && git commit -m a", permission.None},
		{"Bash(git commit:*)", "eval 'c''d sub'; git commit -m a", permission.None},
		{"Bash(git commit:*)", "cd sub && timeout 5 git commit -m a", permission.None},
		{"Bash(git commit:*)", "cd sub && eval 'g''it commit -m a'", permission.None},
		{"Bash(npm run:*)", "while IFS= read -r a; do npm run $a; done", permission.Allow},
		{"Bash(npm run:*)", "set -k; npm run a PATH=x", permission.None},
		{"Bash(npm run:*)", "export -f a; npm run a", permission.None},
		{"Bash(a)", "true; :; false; exit 1", permission.None},
		{"Bash(a)", "", permission.None},
		{"Bash(a)", "# a", permission.None},
		{"PowerShell(a)", "a", permission.None},
		{"bash(a)", "a", permission.None},
	} {
		var lines []string
		for rule := range strings.SplitSeq(row.allow, "|Bash") {
			if len(lines) > 0 {
				rule = "Bash" + rule
			}
			if before, after, ok := strings.Cut(rule, "|Edit"); ok {
				lines = append(lines, "allow "+before, "allow Edit"+after)
			} else {
				lines = append(lines, "allow "+rule)
			}
		}
		got := permission.New(source(t, lines...)).Judge(bash(row.command))
		if got.Behavior != row.want {
			t.Errorf("allow %s: %q is %v, want %v", row.allow, row.command, got.Behavior, row.want)
		}
		if got.Behavior == permission.Allow && (got.Rule.Tool == "" || got.Source == "" || got.Why == "") {
			t.Errorf("%q is allowed without a reason: %+v", row.command, got)
		}
	}
}

// TestRestrictCommands holds rules that deny and ask against commands that are meant, and those that are not.
func TestRestrictCommands(t *testing.T) {
	for _, row := range []struct {
		rules   string
		command string
		want    permission.Behavior
	}{
		{"deny Bash", "ls", permission.Deny},
		{"deny Bash(*)", "ls", permission.Deny},
		{"deny *", "ls", permission.Deny},
		{"deny B*", "ls", permission.Deny},
		{"ask Bash", "ls", permission.Ask},
		{"deny Bash(git push:*)", "git push", permission.Deny},
		{"deny Bash(git push:*)", "git -C x push", permission.Deny},
		{"deny Bash(git push:*)", "git -c a.b=c push origin", permission.Deny},
		{"deny Bash(git push:*)", "git --git-dir=x --no-pager push", permission.Deny},
		{"deny Bash(git push:*)", "/usr/bin/git -C x push", permission.Deny},
		{"deny Bash(git push:*)", "git -c alias.p=push p", permission.Ask},
		{"deny Bash(git push:*)", "git $X", permission.Ask},
		{"deny Bash(git push:*)", "git $X push", permission.Ask},
		{"deny Bash(git push:*)", "git {push,origin}", permission.Ask},
		{"deny Bash(git push:*)", "git pus?", permission.Ask},
		{"deny Bash(git push:*)", "git status", permission.Allow},
		{"deny Bash(git push:*)", "git commit -m push", permission.Allow},
		{"deny Bash(git push:*)", "git commit -m \"$M\"", permission.Allow},
		{"deny Bash(git push:*)", "echo git push", permission.Allow},
		{"deny Bash(git push:*)", "grep -r 'git push' .", permission.Allow},
		{"deny Bash(git push --force:*)", "git push --force", permission.Deny},
		{"deny Bash(git push*--force*)", "git push origin main --force", permission.Deny},
		{"deny Bash(git push*--force*)", "git push origin $X", permission.Ask},
		{"deny Bash(curl * | bash)", "curl x | bash", permission.Deny},
		{"deny Bash(curl:*)", "wget x", permission.Allow},
		{"deny Bash(rm:*)", "ls # rm x", permission.Allow},
		{"deny Bash(rm:*)", "rmdir x", permission.Allow},
		{"deny Bash(rm:*)", "git rm x", permission.Allow},
		{"deny Bash(rm:*)", "npm run rm", permission.Allow},
		{"deny Bash(rm:*)", "echo 'rm x'", permission.Allow},
		{"deny Bash(rm:*)", "git commit -m 'rm $(x)'", permission.Allow},
		{"deny Bash(rm:*)", "ls \"$X\" *.go", permission.Allow},
		{"deny Bash(rm:*)", "cat <<'E' > x\nrm x\nE", permission.Allow},
		{"deny Bash(rm:*)", "env", permission.Allow},
		{"deny Bash(rm:*)", "sudo ls rm", permission.Allow},
		{"deny Bash(rm:*)", "timeout 5 grep rm x", permission.Allow},
		{"deny Bash(rm:*)", "find . -name rm", permission.Allow},
		{"deny Bash(rm:*)", "find . -exec grep rm {} +", permission.Allow},
		{"deny Bash(rm:*)", "xargs grep rm", permission.Allow},
		{"deny Bash(rm:*)", "for i in 1 2; do n=$((n+i)); done", permission.Allow},
		{"deny Bash(rm:*)", "bash build.sh", permission.Allow},
		{"deny Bash(rm:*)", "command -v rm", permission.Allow},
		{"deny Bash(rm:*)", "(((", permission.Ask},
		{"deny Bash(rm:*)", "rm x (((", permission.Deny},
		{"deny Bash(rm:*)", "echo \x01", permission.Ask},
		{"ask Bash(rm:*)", "(((", permission.Ask},
		{"deny Read(x)", "(((", permission.Allow},
		{"deny Bash(rm -rf:*)", "rm -rf x", permission.Deny},
		{"deny Bash(rm -rf:*)", "rm -v -rf x", permission.Ask},
		{"deny Bash(rm -rf:*)", "rm x", permission.Allow},
		{"deny Bash(kubectl delete:*)", "kubectl -n prod delete pod x", permission.Ask},
		{"deny Bash(kubectl delete:*)", "kubectl -n prod get pod", permission.Allow},
		{"deny Bash(docker push:*)", "docker --context x push y", permission.Ask},
		{"deny Bash(npm publish:*)", "npm --prefix=x publish", permission.Ask},
		{"deny Bash(run_in_background:true)", "ls", permission.Allow},
		{"deny Bash(command:ls)", "ls", permission.Allow},
		{"deny Read(.env)", "cat .env", permission.Deny},
		{"deny Read(.env)", "cat ./sub/../.env", permission.Deny},
		{"deny Read(.env)", "cd sub && cat .env", permission.Deny},
		{"deny Read(.env)", "cat < .env", permission.Deny},
		{"deny Read(.env)", "grep x .env", permission.Deny},
		{"deny Read(.env)", "grep .env x", permission.Allow},
		{"deny Read(.env)", "head -n 1 \".env\"", permission.Deny},
		{"deny Read(.env)", "cp .env x", permission.Deny},
		{"deny Read(.env)", "bash -c 'cat .env'", permission.Deny},
		{"deny Read(.env)", "timeout 5 cat .env", permission.Deny},
		{"deny Read(.env)", "cat $F", permission.Ask},
		{"deny Read(.env)", "cat .e*", permission.Ask},
		{"deny Read(.env)", "cat *.go", permission.Allow},
		{"deny Read(.env)", "cat x.env", permission.Allow},
		{"deny Read(~/.ssh/**)", "cat ~/.ssh/id", permission.Deny},
		{"deny Read(~/.ssh/**)", "cat /home/u/.ssh/id", permission.Deny},
		{"deny Read(~/.ssh/**)", "cat ../.ssh/id", permission.Deny},
		{"deny Edit(/src/**)", "echo a > src/x", permission.Deny},
		{"deny Edit(/src/**)", "echo a | tee src/x", permission.Deny},
		{"deny Edit(/src/**)", "cp a src/x", permission.Deny},
		{"deny Edit(/src/**)", "cp a src", permission.Deny},
		{"deny Edit(/src/**)", "mv src/x a", permission.Deny},
		{"deny Edit(/src/**)", "sed -i s/a/b/ src/x", permission.Deny},
		{"deny Edit(/src/**)", "sed s/a/b/ src/x", permission.Allow},
		{"deny Edit(/src/**)", "rm -r src/x", permission.Deny},
		{"deny Edit(/src/**)", "dd if=a of=src/x", permission.Deny},
		{"deny Edit(/src/**)", "cat src/x", permission.Allow},
		{"deny Edit(/src/**)", "echo a > other", permission.Allow},
		{"deny Edit(/src/**)", "cd src && echo a > x", permission.Deny},
		{"ask Edit(/src/**)", "echo a > src/x", permission.Ask},
		{"ask Bash(git push:*)|deny Bash(git push --force:*)", "git push --force", permission.Deny},
		{"ask Bash(git push:*)|deny Bash(git push --force:*)", "git push", permission.Ask},
	} {
		lines := append(strings.Split(row.rules, "|"), "allow Bash")
		if strings.Contains(row.rules, " | ") {
			lines = []string{row.rules, "allow Bash"}
		}
		if got := permission.New(source(t, lines...)).Judge(bash(row.command)); got.Behavior != row.want {
			t.Errorf("%s: %q is %v, want %v (%s)", row.rules, row.command, got.Behavior, row.want, got.Why)
		}
	}
}

// TestHostileSizes holds that nothing that can be sent takes long, and that nothing of the kind is allowed.
func TestHostileSizes(t *testing.T) {
	set := permission.New(source(t, "deny Bash(rm:*)", "deny Bash(*x*y*z*)", "ask Read(*.env)", "allow Bash(a:*)", "allow Bash(ls:*)"))
	for _, unit := range []string{
		"(", "{ ", "$(", "`", "\"$(", "${a:-", "((", "$((", "if ", "<(", "while ", "f() { ", "<<a ", "$((-", "a|", "a&&", "a;", "@(", "[[ ! ",
		"timeout 1 ", "env ", "su ", "sudo -u ", "bash -c ", "eval ", "xargs ", "git -c a=b ", "find -exec ", "nice -", "x", "$a", "{a,", "x*",
		"cd a;", "cat $a ", "a=b ", ">x ", "a\n", "\\", "'", "é", "cat<<a\na\n", "trap a b;", "eval 'a';", "su a;", "rm -a ",
	} {
		for _, size := range []int{2_000, 30_000, 100_000} {
			command := strings.Repeat(unit, size/len(unit))
			start := time.Now()
			got := set.Judge(bash(command))
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%q × %d took %v", unit, size/len(unit), took)
			}
			if got.Behavior == permission.Allow && unit != "a|" && unit != "a&&" && unit != "a;" && unit != "a\n" && unit != "x" && unit != "eval 'a';" {
				t.Errorf("%q × %d is allowed", unit, size/len(unit))
			}
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	set := permission.New(source(b, "deny Bash(rm:*)", "deny Bash(git push:*)", "deny Read(.env)", "ask Bash(curl:*)", "allow Bash(npm run:*)",
		"allow Bash(go test:*)", "allow Bash(git commit:*)"))
	call := bash("cd web && NODE_ENV=test timeout 60 npm run test -- --coverage 2>&1 | tail -20 && git status")
	for b.Loop() {
		set.Judge(call)
	}
}
