// Command mutate takes the protections of the boundary out of its source, one at a time, and runs the tests that attack the
// boundary: each must fail. The source itself is not touched; the compiler is shown another.
//
//	go run ./test/mutate [name…]
//
// It prints a line for each protection, and exits with 1 if one is missed by nobody. What stands behind another protection,
// so that an attack fails still, is listed as such with the one that it stands behind, and must hold.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// protection is a piece of source without which the boundary is weaker.
type protection struct {
	name string
	file string
	old  string
	new  string
	// behind names what refuses the same. Such a protection is a second line, which the tests cannot miss.
	behind string
}

const (
	confine    = "pkg/sandbox/confine.go"
	seccomp    = "pkg/sandbox/seccomp.go"
	helper     = "pkg/sandbox/helper.go"
	namespaces = "pkg/sandbox/namespaces.go"
	watchdog   = "pkg/sandbox/watchdog.go"
	run        = "pkg/sandbox/run.go"
	crowd      = "pkg/sandbox/crowd.go"
	broker     = "pkg/sandbox/broker.go"
	proxy      = "pkg/egress/proxy.go"
	hosts      = "pkg/egress/hosts.go"
	address    = "pkg/egress/address.go"
)

var protections = []protection{
	{name: "Landlock: the domain", file: confine, old: "if err := restrictFiles(o); err != nil {", new: "if err := error(nil); err != nil {"},
	{name: "Landlock: truncation", file: confine, old: "rightsABI4 = 1<<15 - 1", new: "rightsABI4 = 1<<14 - 1"},
	{name: "Landlock: signals and abstract sockets", file: confine, old: "if o.ABI >= 6 {", new: "if o.ABI >= 600 {"},
	{name: "Landlock: TCP", file: confine, old: "unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP,", new: "0,", behind: "seccomp: sockets"},
	{name: "capabilities", file: confine, old: "if err := dropCapabilities(); err != nil {", new: "if err := error(nil); err != nil {"},
	{name: "seccomp: calls of both tiers", file: seccomp, old: "f.refuse(refusedCalls)", new: "f.refuse(nil)"},
	{name: "seccomp: calls that Landlock does not see", file: seccomp, old: "f.refuse(refusedWithoutNamespaces)", new: "f.refuse(nil)"},
	{name: "seccomp: sockets", file: seccomp, old: "f.when(unix.BPF_JEQ, unix.SYS_SOCKET, refusal(unix.EACCES))", new: ""},
	{name: "seccomp: unusual sockets, in namespaces", file: seccomp, old: "f.unlessOrdinarySocket()\n\t}", new: "}"},
	{name: "seccomp: pairs of datagram sockets", file: seccomp, old: "f.whenDatagramPair()\n", new: "\n"},
	{name: "seccomp: changes by name", file: seccomp, old: "f.whenFileIsNamed()\n\t}", new: "}"},
	{name: "seccomp: new namespaces by clone", file: seccomp, old: "f.whenArgument(unix.SYS_CLONE, offsetArg0, unix.BPF_JSET, newNamespaces)", new: ""},
	{name: "seccomp: clone3", file: seccomp, old: "f.when(unix.BPF_JEQ, unix.SYS_CLONE3, refusal(unix.ENOSYS))", new: ""},
	{name: "seccomp: input into a terminal", file: seccomp, old: "f.whenArgument(unix.SYS_IOCTL, offsetArg1, unix.BPF_JEQ, unix.TIOCSTI)", new: ""},
	{name: "seccomp: the other ABI of amd64", file: seccomp, old: "f.when(unix.BPF_JGE, x32Bit, refusal(unix.ENOSYS))", new: "", behind: "kernels without that ABI, as this one may be"},
	{name: "seccomp: pace and limits of others", file: seccomp, old: "\t\tf.whenOthersAreMeant()\n", new: ""},
	{name: "seccomp: the limit of tasks", file: seccomp, old: "\t\tf.whenTasksAreLimited()\n", new: ""},
	{name: "crowd: a limit of tasks", file: crowd, old: "lower := unix.Rlimit{Cur: min(uint64(c.Limit), own.Cur)", new: "lower := unix.Rlimit{Cur: own.Cur"},
	{name: "crowd: who has too many is stopped", file: watchdog, old: "if tasks > o.share() && o.Crowd.isFull() {", new: "if false {"},
	{name: "broker: below a root only", file: broker, old: "unix.RESOLVE_BENEATH", new: "0"},
	{name: "helper: hidden", file: helper, old: "if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {", new: "if err := error(nil); err != nil {", behind: "Landlock: the domain"},
	{name: "helper: reaper", file: helper, old: "if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {", new: "if err := error(nil); err != nil {"},
	{name: "helper: sweep", file: helper, old: "\tsweep()\n\tclose(done)", new: "\tclose(done)"},
	{name: "helper: no core", file: helper, old: "unix.RLIMIT_CORE: 0, ", new: ""},
	{name: "helper: open files", file: helper, old: "unix.RLIMIT_NOFILE: maxFiles, ", new: ""},
	{name: "helper: ends with the server", file: helper, old: "\tclose(stop)\n", new: "\t_ = stop\n"},
	{name: "run: empty environment of the helper", file: run, old: "Env:         []string{},", new: "Env:         append(os.Environ(), \"PATH=/usr/bin:/bin\"),", behind: "helper: hidden"},
	{name: "run: output", file: run, old: "left < 0 {", new: "left < -(1 << 60) {"},
	{name: "watchdog: tasks", file: watchdog, old: "case tasks > o.MaxTasks:", new: "case tasks > 1<<30:"},
	{name: "watchdog: memory", file: watchdog, old: "case memory > o.MaxMemory:", new: "case memory > 1<<60:"},
	{name: "watchdog: disk", file: watchdog, old: "limit = disk.passed()", new: "_ = disk"},
	{name: "namespaces: user and pid", file: namespaces, old: `"--unshare-pid", `, new: ""},
	{name: "namespaces: net", file: namespaces, old: `"--unshare-net", `, new: ""},
	{name: "namespaces: ipc", file: namespaces, old: `"--unshare-ipc", `, new: ""},
	{name: "namespaces: uts", file: namespaces, old: `"--unshare-uts", `, new: ""},
	{name: "namespaces: terminal", file: namespaces, old: `"--new-session", `, new: ""},
	{name: "namespaces: the root is read-only", file: namespaces, old: `"--remount-ro", "/", `, new: ""},
	{name: "namespaces: the filter", file: namespaces, old: `args := []string{"--seccomp", with.keep(filter)}`, new: `with.keep(filter)` + "\n\tvar args []string"},
	{name: "namespaces: end with the server", file: namespaces, old: `"--die-with-parent", `, new: "", behind: "helper: ends with the server"},
	{name: "namespaces: no environment", file: namespaces, old: `Dir: "/", Env: []string{},`, new: `Dir: "/", Env: []string{"SECRET=x"},`},
	{name: "network: none by default", file: namespaces, old: "if o.Network {", new: "if true {"},
	{name: "egress: exact names", file: hosts, old: "case h[name] == nil:", new: "case h[\"plain.test:\"] == nil && strings.HasSuffix(name, \"plain.test\"):\n\t\treturn \"plain.test\", \"\"\n\tcase h[name] == nil:"},
	{name: "egress: no addresses", file: hosts, old: "case looksLikeAddress(host) || looksLikeAddress(name):", new: "case false:", behind: "egress: exact names"},
	{name: "egress: ports", file: hosts, old: "case !slices.Contains(h[name], port):", new: "case false:"},
	{name: "egress: private addresses", file: proxy, old: "if !r.proxy.open(addr) {", new: "if false && !r.proxy.open(addr) {"},
	{name: "egress: loopback and the like", file: address, old: "if !addr.IsGlobalUnicast() || addr.IsPrivate() {", new: "if false {"},
	{name: "egress: reserved networks", file: address, old: "if network.Contains(addr) {", new: "if false && network.Contains(addr) {"},
	{name: "egress: mapped addresses", file: address, old: "addr.Unmap().WithZone(\"\")", new: "addr.WithZone(\"\")", behind: "egress: reserved networks"},
	{name: "egress: TLS with the same host", file: proxy, old: "case !strings.EqualFold(strings.TrimSuffix(server, \".\"), name):", new: "case false:"},
	{name: "egress: TLS at all", file: proxy, old: "\tcase err != nil:\n\t\treturn nil, r.refuse(net.JoinHostPort", new: "\tcase false && err != nil:\n\t\treturn nil, r.refuse(net.JoinHostPort", behind: "egress: TLS with the same host"},
	{name: "egress: no tunnel to port 80", file: proxy, old: "if err == nil && port == portHTTP {", new: "if false {"},
}

// testTime bounds the tests of one mutant: without its protection a command may well hang.
const testTime = 3 * time.Minute

func main() {
	missed := 0
	for _, p := range protections {
		if len(os.Args) > 1 && !slices.Contains(os.Args[1:], p.name) {
			continue
		}
		verdict, ok := p.try()
		if !ok {
			missed++
		}
		fmt.Printf("%-45s %s\n", p.name, verdict)
	}
	fmt.Printf("%d protections, %d of them missed by no test\n", len(protections), missed)
	if missed > 0 {
		os.Exit(1)
	}
}

// try runs the tests without a protection.
func (p *protection) try() (verdict string, ok bool) {
	dir, err := os.MkdirTemp("", "mutate-*")
	if err != nil {
		return err.Error(), false
	}
	defer os.RemoveAll(dir)
	overlay, err := p.overlay(dir)
	if err != nil {
		return err.Error(), false
	}
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-count=1", "-failfast", "-timeout", "150s", "./"+filepath.Dir(p.file))
	out, err := cmd.CombinedOutput()
	text := string(out)
	failed := firstFailure(text)
	switch {
	case err == nil && p.behind != "":
		return "a second line behind: " + p.behind, true
	case err == nil:
		return "MISSED BY NO TEST", false
	case strings.Contains(text, "[build failed]") || strings.Contains(text, "[setup failed]"):
		return "does not compile: " + firstLines(text), false
	case failed == "":
		return "found: the tests do not end", true
	}
	return "found by " + failed, true
}

// overlay writes the changed source, and the file that shows it to the compiler.
func (p *protection) overlay(dir string) (string, error) {
	path, err := filepath.Abs(p.file)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if strings.Count(string(source), p.old) == 0 {
		return "", fmt.Errorf("%s: there is no %q", p.file, p.old)
	}
	changed := filepath.Join(dir, filepath.Base(path))
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), p.old, p.new, 1)), 0o600); err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, body, 0o600)
}

func firstFailure(text string) string {
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); ok {
			name, _, _ = strings.Cut(name, " ")
			return name
		}
	}
	return ""
}

func firstLines(text string) string {
	return strings.Join(strings.Fields(text[:min(len(text), 300)]), " ")
}
