package permission_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/permission"
)

// bash is a call of Bash in a usual place.
func bash(command string) permission.Call {
	input, err := json.Marshal(map[string]string{"command": command})
	if err != nil {
		panic(err)
	}
	return permission.Call{Tool: "Bash", Input: input, Cwd: "/home/u/proj", Home: "/home/u"}
}

// rules parses rules, separated by lines.
func rules(t testing.TB, lines ...string) []permission.Rule {
	t.Helper()
	var parsed []permission.Rule
	for _, line := range lines {
		rule, err := permission.ParseRule(line)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, rule)
	}
	return parsed
}

// source makes a source of "allow …", "ask …" and "deny …" lines.
func source(t testing.TB, lines ...string) permission.Source {
	t.Helper()
	s := permission.Source{Name: ".claude/settings.json", Root: "/home/u/proj"}
	for _, line := range lines {
		kind, rule, _ := strings.Cut(line, " ")
		switch kind {
		case "allow":
			s.Allow = append(s.Allow, rules(t, rule)...)
		case "ask":
			s.Ask = append(s.Ask, rules(t, rule)...)
		case "deny":
			s.Deny = append(s.Deny, rules(t, rule)...)
		default:
			t.Fatalf("no rule: %q", line)
		}
	}
	return s
}

// evasions all remove the file x of the working directory. Some cannot be seen through, and are asked about.
var evasions = []struct {
	command string
	want    permission.Behavior
}{
	{`rm x`, permission.Deny},
	{"  rm \t x  ", permission.Deny},
	{`"rm" x`, permission.Deny},
	{`'rm' x`, permission.Deny},
	{`r"m" x`, permission.Deny},
	{`r''m x`, permission.Deny},
	{`r""m x`, permission.Deny},
	{`\rm x`, permission.Deny},
	{`r\m x`, permission.Deny},
	{`$'rm' x`, permission.Deny},
	{`$'\x72\155' x`, permission.Deny},
	{`$'\u0072m' x`, permission.Deny},
	{`$'r\0zz'm x`, permission.Deny},
	{`$"rm" x`, permission.Deny},
	{"r\\\nm x", permission.Deny},
	{"rm \\\n x", permission.Deny},
	{`/bin/rm x`, permission.Deny},
	{`/usr/bin/../bin/rm x`, permission.Deny},
	{`/bin//rm x`, permission.Deny},
	{`"/bin/rm" x`, permission.Deny},
	{`rm<x x`, permission.Deny},
	{`2>/dev/null rm x`, permission.Deny},
	{`>/dev/null 2>&1 rm x`, permission.Deny},
	{`A=1 rm x`, permission.Deny},
	{`A=1 B=2 rm x`, permission.Deny},
	{`! rm x`, permission.Deny},
	{`true; rm x`, permission.Deny},
	{`true;rm x`, permission.Deny},
	{`true && rm x`, permission.Deny},
	{`false || rm x`, permission.Deny},
	{`true & rm x`, permission.Deny},
	{"true\nrm x", permission.Deny},
	{"# nothing\nrm x", permission.Deny},
	{`true | rm x`, permission.Deny},
	{`true |& rm x`, permission.Deny},
	{`rm x | true`, permission.Deny},
	{`(rm x)`, permission.Deny},
	{`((true); (rm x))`, permission.Ask},
	{`( ( rm x ) )`, permission.Deny},
	{`{ rm x; }`, permission.Deny},
	{`if rm x; then :; fi`, permission.Deny},
	{`if true; then rm x; fi`, permission.Deny},
	{`if false; then :; elif rm x; then :; fi`, permission.Deny},
	{`if false; then :; else rm x; fi`, permission.Deny},
	{`for i in 1; do rm x; done`, permission.Deny},
	{`for ((i=0;i<1;i++)); do rm x; done`, permission.Deny},
	{`while rm x; do break; done`, permission.Deny},
	{`until ! rm x; do break; done`, permission.Deny},
	{`case a in a) rm x;; esac`, permission.Deny},
	{`case $(rm x) in a) ;; esac`, permission.Deny},
	{`case a in $(rm x)) ;; esac`, permission.Deny},
	{`select i in a; do rm x; break; done <<< 1`, permission.Deny},
	{`f() { rm x; }; f`, permission.Deny},
	{`function f { rm x; }; f`, permission.Deny},
	{`f() (rm x); f`, permission.Deny},
	{`coproc rm x; wait`, permission.Deny},
	{`time rm x`, permission.Deny},
	{`time -p rm x`, permission.Deny},
	{`echo $(rm x)`, permission.Deny},
	{"echo `rm x`", permission.Deny},
	{"echo `echo \\`rm x\\``", permission.Deny},
	{`echo "$(rm x)"`, permission.Deny},
	{"echo \"`rm x`\"", permission.Deny},
	{`echo "${a:-$(rm x)}"`, permission.Deny},
	{`echo ${a:-"$(rm x)"}`, permission.Deny},
	{`echo ${a:-${b:-$(rm x)}}`, permission.Deny},
	{`a=$(rm x)`, permission.Deny},
	{`a=($(rm x))`, permission.Deny},
	{`a[$(rm x)0]=1`, permission.Deny},
	{`export A=$(rm x)`, permission.Deny},
	{`A=$(rm x) true`, permission.Deny},
	{`echo $(( $(rm x; echo 1) ))`, permission.Deny},
	{`(( $(rm x; echo 1) ))`, permission.Deny},
	{`[[ $(rm x) ]]`, permission.Deny},
	{`[ "$(rm x)" ]`, permission.Deny},
	{`cat <(rm x)`, permission.Deny},
	{`true > >(rm x); wait`, permission.Deny},
	{`cat < <(rm x)`, permission.Deny},
	{`cat <<< "$(rm x)"`, permission.Deny},
	{"cat <<E\n$(rm x)\nE", permission.Deny},
	{"cat <<-E\n\t`rm x`\n\tE", permission.Deny},
	{"cat <<'E'\n$(true)\nE\nrm x", permission.Deny},
	{"cat <<E; rm x\nE", permission.Deny},
	{"cat <<A <<B\nA\nB\nrm x", permission.Deny},
	{`true > "$(rm x; echo /dev/null)"`, permission.Deny},
	{`eval rm x`, permission.Deny},
	{`eval "rm x"`, permission.Deny},
	{`eval 'r'm x`, permission.Deny},
	{`eval "eval 'rm x'"`, permission.Deny},
	{`eval eval rm x`, permission.Deny},
	{`eval "true; rm x"`, permission.Deny},
	{`builtin eval rm x`, permission.Deny},
	{`command eval "rm x"`, permission.Deny},
	{`bash -c 'rm x'`, permission.Deny},
	{`bash -c -- 'rm x'`, permission.Deny},
	{`bash -ec 'rm x'`, permission.Deny},
	{`bash -c -e 'rm x'`, permission.Deny},
	{`bash -o errexit -c 'rm x'`, permission.Deny},
	{`bash --norc -c 'rm x'`, permission.Deny},
	{`bash -O extglob -c 'rm x'`, permission.Deny},
	{`bash +O extglob -c 'rm x'`, permission.Deny},
	{`sh -c "rm x"`, permission.Deny},
	{`/bin/sh -c "rm x"`, permission.Deny},
	{`dash -c 'rm x'`, permission.Deny},
	{`bash -c "bash -c 'rm x'"`, permission.Deny},
	{`bash <<< 'rm x'`, permission.Deny},
	{"bash <<'E'\nrm x\nE", permission.Deny},
	{"bash -s <<E\nrm x\nE", permission.Deny},
	{"sh <<-E\n\trm x\n\tE", permission.Deny},
	{`echo rm x | bash`, permission.Ask},
	{`echo rm x | sh -s`, permission.Ask},
	{`bash <(echo rm x)`, permission.Ask},
	{`echo rm x | bash /dev/stdin`, permission.Ask},
	{`source <(echo rm x)`, permission.Ask},
	{`. /dev/stdin <<< 'rm x'`, permission.Deny},
	{`source /dev/stdin <<< 'rm x'`, permission.Deny},
	{`trap 'rm x' EXIT`, permission.Deny},
	{`trap -- 'rm x' EXIT`, permission.Deny},
	{`command rm x`, permission.Deny},
	{`command -p rm x`, permission.Deny},
	{`command -- rm x`, permission.Deny},
	{`exec rm x`, permission.Deny},
	{`exec -a y rm x`, permission.Deny},
	{`exec -c /bin/rm x`, permission.Deny},
	{`env rm x`, permission.Deny},
	{`env A=1 rm x`, permission.Deny},
	{`env -i /bin/rm x`, permission.Deny},
	{`env - /bin/rm x`, permission.Deny},
	{`env -u A rm x`, permission.Deny},
	{`env --unset=A rm x`, permission.Deny},
	{`env -C . rm x`, permission.Deny},
	{`env -S "rm x"`, permission.Ask},
	{`env -S"rm x"`, permission.Ask},
	{`env --split-string="rm x"`, permission.Deny},
	{`/usr/bin/env rm x`, permission.Deny},
	{`nohup rm x`, permission.Deny},
	{`nice rm x`, permission.Deny},
	{`nice -n 5 rm x`, permission.Deny},
	{`nice -n5 rm x`, permission.Deny},
	{`nice -5 rm x`, permission.Deny},
	{`nice --adjustment=5 rm x`, permission.Deny},
	{`timeout 5 rm x`, permission.Deny},
	{`timeout -s KILL 5 rm x`, permission.Deny},
	{`timeout -k 1 5 rm x`, permission.Deny},
	{`timeout --signal=KILL 5s rm x`, permission.Deny},
	{`timeout --foreground 5 rm x`, permission.Deny},
	{`timeout -- 5 rm x`, permission.Deny},
	{`stdbuf -oL rm x`, permission.Deny},
	{`stdbuf -o L rm x`, permission.Deny},
	{`setsid -w rm x`, permission.Deny},
	{`ionice -c 3 rm x`, permission.Deny},
	{`flock . rm x`, permission.Deny},
	{`flock . -c 'rm x'`, permission.Deny},
	{`timeout 5 nice env bash -c 'command rm x'`, permission.Deny},
	{`echo x | xargs rm`, permission.Deny},
	{`echo x | xargs -n 1 rm`, permission.Deny},
	{`echo x | xargs -I{} rm {}`, permission.Deny},
	{`echo x | xargs -I {} sh -c 'rm {}'`, permission.Deny},
	{`echo x | xargs -0 -P2 rm 2>/dev/null; rm -f x`, permission.Deny},
	{`echo rm x | xargs env`, permission.Ask},
	{`find . -name x -exec rm {} \;`, permission.Deny},
	{`find . -name x -exec rm {} +`, permission.Deny},
	{`find . -name x -execdir rm {} ';'`, permission.Deny},
	{`find . -name x -exec sh -c 'rm "$1"' _ {} \;`, permission.Deny},
	{`find . -name x -exec true \; -exec rm {} \;`, permission.Deny},
	{`chroot / rm "$PWD/x"`, permission.Ask},
	{`setarch -R rm x`, permission.Ask},
	{`A=rm; $A x`, permission.Ask},
	{`A='rm x'; $A`, permission.Ask},
	{`$(echo rm) x`, permission.Ask},
	{`r$(echo m) x`, permission.Ask},
	{`${A-rm} x`, permission.Ask},
	{`$A rm x`, permission.Ask},
	{`$A$B rm x`, permission.Ask},
	{`/bin/r[m] x y`, permission.Ask},
	{`/bin/r[m] x`, permission.Ask},
	{`{rm,x}`, permission.Ask},
	{`/bin/{rm,x} x`, permission.Ask},
	{`"$@" rm x`, permission.Ask},
	{`command $A rm x`, permission.Ask},
	{`timeout $A 5 rm x`, permission.Ask},
	{`env $A rm x`, permission.Ask},
	{`A='rm x'; eval $A`, permission.Ask},
	{`A='rm x'; bash -c "$A"`, permission.Ask},
	{`a='b[$(rm x)]'; echo $((a))`, permission.Ask},
	{`a='b[$(rm x)]'; ((a))`, permission.Ask},
	{`a='b[$(rm x)]'; [[ a -eq 1 ]]`, permission.Ask},
	{`a='b[$(rm x)]'; let a`, permission.Ask},
	{`test -v 'b[$(rm x)]'`, permission.Ask},
	{`[ -v 'b[$(rm x)]' ]`, permission.Ask},
	{`[[ -v b[$(rm x)0] ]]`, permission.Deny},
	{`printf -v 'b[$(rm x)0]' a`, permission.Ask},
	{`read 'b[$(rm x)0]' <<< a`, permission.Ask},
	{`unset 'b[$(rm x)]'; b=(); unset 'b[$(rm x)]'`, permission.Ask},
	{`declare -i a='b[$(rm x)]'`, permission.Ask},
	{`a='b[$(rm x)]'; echo ${!a}`, permission.Ask},
	{`a='$(rm x)'; echo "${a@P}"`, permission.Ask},
	{`PS4='$(rm x)'; set -x; true`, permission.Ask},
	{`BASH_ENV='$(rm x)' bash -c true`, permission.Ask},
	{`echo rm x > y; BASH_ENV=$PWD/y bash -c true`, permission.Ask},
	{`env BASH_ENV='$(rm x)' bash -c true`, permission.Ask},
	{"shopt -s expand_aliases\nalias a='rm x'\na", permission.Ask},
	{`hash -p /bin/rm ls; ls x`, permission.Ask},
	{`compgen -C 'rm x'`, permission.Ask},
	{`mapfile -C 'rm x #' -c 1 <<< a`, permission.Ask},
	{`!(rm x)`, permission.Ask},
	{"echo\rrm; rm x", permission.Ask},
	{"cat <<'E F'\na\nE F\nrm x", permission.Deny},
	{"cat <<\\E\na\nE\nrm x", permission.Deny},
	{"true # \\\nrm x", permission.Deny},
	{"true #\\\n#\\\nrm x", permission.Deny},
	{"true # a \\\\\nrm x", permission.Deny},
	{"echo \"$\\\n(rm x)\"", permission.Ask},
	{"echo $\\\n(rm x)", permission.Ask},
	{"echo $\\\n\\\n{a:-$(rm x)}", permission.Deny},
	{"cat <<E\n$\\\n(rm x)\nE", permission.Ask},
	{"cat <<E\na\\\nE\n$(rm x)\nE", permission.Deny},
	{"cat <\\\n<E\na\nE\nrm x", permission.Ask},
	{"cat <\\\n(rm x)", permission.Ask},
	{"true &\\\n& rm x", permission.Ask},
	{`>&-rm x`, permission.Ask},
	{`>&- rm x`, permission.Deny},
	{`<&-rm x`, permission.Ask},
	{`time -- rm x`, permission.Deny},
	{`time -p -- rm x`, permission.Deny},
	{`/bin/rm x\` + "\n", permission.Deny},
	{`a=1; echo ${a/$(rm x)/}`, permission.Deny},
	{`a=1; echo ${a/1/$(rm x)}`, permission.Deny},
	{`a=1; echo ${a:$(rm x)0}`, permission.Deny},
	{`a=1; echo ${a#$(rm x)}`, permission.Deny},
	{`a=1; echo ${a[$(rm x)0]}`, permission.Deny},
	{`a=1; echo ${#a[$(rm x)0]}`, permission.Deny},
	{`a=1; echo ${a^^$(rm x)}`, permission.Deny},
	{`a=; echo ${a?$(rm x)}; echo ${a:?$(rm x)}`, permission.Deny},
	{`a=([$(rm x)0]=1)`, permission.Deny},
	{`declare -A a=([$(rm x)]=1)`, permission.Deny},
	{`declare a="$(rm x)"`, permission.Deny},
	{`for i in $(rm x); do :; done`, permission.Deny},
	{`for ((i=$(rm x)0; i<0; i++)); do :; done`, permission.Deny},
	{`true >> "$(rm x; echo /dev/null)"`, permission.Deny},
	{`cat <<< a$(rm x)`, permission.Deny},
	{`[[ a =~ $(rm x) ]]`, permission.Deny},
	{`[[ -n "$(rm x)" ]]`, permission.Deny},
	{`echo $"a$(rm x)"`, permission.Deny},
	{`echo $(<$(rm x))`, permission.Deny},
	{`echo $[ $(rm x) 0 ]`, permission.Ask},
	{"echo `echo \\$(rm x)`", permission.Deny},
	{"echo \"`echo \\\"\\$(rm x)\\\"`\"", permission.Deny},
	{"echo `echo '\\$(rm x)'; r\\m x`", permission.Deny},
	{`env -- A=1 rm x`, permission.Deny},
	{`env -iS'/bin/rm x'`, permission.Ask},
	{`env -vS '/bin/rm x'`, permission.Ask},
	{`command_not_found_handle() { rm x; }; nothing_like_this`, permission.Deny},
	{`"$BASH" -c 'rm x'`, permission.Ask},
	{`/proc/self/root/bin/rm x`, permission.Deny},
	{`exec 3< <(rm x); cat <&3`, permission.Deny},
	{`{ bash; } <<< 'rm x'`, permission.Ask},
	{`while read -r l; do $l; done <<< 'rm x'`, permission.Ask},
	{`read -r a <<< 'rm x'; eval "$a"`, permission.Ask},
	{`printf -v a 'rm x'; $a`, permission.Ask},
	{`set -- rm x; "$@"`, permission.Ask},
	{`a=(rm x); "${a[@]}"`, permission.Ask},
	{`f() { "$@"; }; f rm x`, permission.Ask},
	{`nice --5 rm x; rm -f x`, permission.Deny},
	{"\trm x", permission.Deny},
	{`if :; then :; fi; rm x`, permission.Deny},
	{`true & { rm x; } & wait`, permission.Deny},
	{`find . -name x -exec env -i /bin/rm {} \;`, permission.Deny},
	{`find . -name x -ok rm {} \; <<< y`, permission.Deny},
	{`find . -name x -print0 | xargs -0 rm --`, permission.Deny},
	{`ls x | xargs -d '\n' -r rm`, permission.Deny},
	{`ls x | xargs --max-args=1 rm`, permission.Deny},
	{`ls x | xargs -L 1 -t nice rm`, permission.Deny},
	{`git -c alias.a='!rm x' a`, permission.Ask},
	{`git init -q; git bisect start; git submodule foreach true; rm x`, permission.Deny},
	{`: $(git -c core.pager='rm x' -p help -a 2>&1) ; rm -f x`, permission.Deny},
}

// TestDenyBehindEverything holds that no way to write rm gets past a rule about it.
func TestDenyBehindEverything(t *testing.T) {
	set := permission.New(source(t, "deny Bash(rm:*)", "allow Bash"))
	for _, row := range evasions {
		got := set.Judge(bash(row.command))
		if got.Behavior != row.want {
			t.Errorf("%q: %v, want %v (%s)", row.command, got.Behavior, row.want, got.Why)
		}
		if got.Behavior != permission.None && got.Why == "" {
			t.Errorf("%q: no reason", row.command)
		}
	}
}

// TestAskBehindEverything holds the same for a rule that asks.
func TestAskBehindEverything(t *testing.T) {
	set := permission.New(source(t, "ask Bash(rm *)", "allow Bash"))
	for _, row := range evasions {
		if got := set.Judge(bash(row.command)); got.Behavior != permission.Ask {
			t.Errorf("%q: %v, want ask", row.command, got.Behavior)
		}
	}
}

// TestNothingUnseenIsAllowed holds that rules for everything that stands around rm do not allow it.
func TestNothingUnseenIsAllowed(t *testing.T) {
	set := permission.New(source(t, "allow Bash(true:*)", "allow Bash(echo:*)", "allow Bash(cat:*)", "allow Bash(find:*)", "allow Bash(bash:*)",
		"allow Bash(sh:*)", "allow Bash(xargs:*)", "allow Bash(env:*)", "allow Bash(git:*)", "allow Bash(timeout:*)", "allow Bash(nice *)",
		"allow Bash(flock *)", "allow Bash(eval:*)", "allow Bash(exec *)", "allow Bash(command *)", "allow Bash(printf *)", "allow Bash(let *)",
		"allow Bash(trap:*)", "allow Bash(source:*)", "allow Bash(alias *)", "allow Bash(setsid *)", "allow Bash(set *)", "allow Bash(a)",
		"allow Bash(ls *)", "allow Bash(test:*)", "allow Bash(read:*)", "allow Bash(chroot:*)", "allow Bash(shopt:*)", "allow Bash(unset *)"))
	for _, row := range evasions {
		if got := set.Judge(bash(row.command)); got.Behavior == permission.Allow {
			t.Errorf("%q is allowed by %s", row.command, got.Rule)
		}
		if permission.ReadOnlyCommand(row.command, "/home/u/proj") {
			t.Errorf("%q is said to only read", row.command)
		}
	}
}

// TestEvasionsAreReal asks the shell: each of the commands above does remove the file.
func TestEvasionsAreReal(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many shells")
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "x")
	var harmless []string
	for _, row := range evasions {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(shell, "-c", row.command)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + dir, "LC_ALL=C.UTF-8"}
		_ = cmd.Run() // most of them end with an error.
		if _, err := os.Stat(file); err == nil {
			harmless = append(harmless, row.command)
		}
	}
	// Programs that are not installed everywhere, or need a privilege.
	for _, command := range harmless {
		if strings.Contains(command, "chroot") || strings.Contains(command, "setarch") || strings.Contains(command, "git") {
			continue
		}
		t.Errorf("%q removes nothing: it is no evasion", command)
	}
}
