//go:build linux && (amd64 || arm64)

package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
)

// probeTimeout bounds the trial of the boundary.
const probeTimeout = 5 * time.Second

// minABI is the least Landlock that makes a boundary: from ABI 4 on (Linux 6.7) it knows files and TCP.
const minABI = 4

// scopedABI is the Landlock that also keeps a command from signalling what is outside (Linux 6.12).
const scopedABI = 6

// probe finds out what the boundary can do here and keeps it as the status.
func (s *Sandbox) probe(ctx context.Context) error {
	switch s.opts.Tier {
	case TierNamespaces:
		s.probeNamespaces(ctx)
	case TierUnsafe:
		s.setStatus(Status{Tier: TierUnsafe, OK: true, Detail: "Commands run without a boundary, as SANDBOX_ENABLED=unsafe says: " +
			"they can read and change everything that the server can."})
	default:
		s.probeLandlock(ctx)
	}
	return nil
}

func (s *Sandbox) refuse(sentence string) {
	s.setStatus(Status{Tier: TierNone, Detail: sentence})
}

func (s *Sandbox) probeLandlock(ctx context.Context) {
	abi, err := landlockABI()
	switch {
	case errors.Is(err, unix.EOPNOTSUPP):
		s.refuse("Landlock is switched off on this kernel, so commands are refused. Start it with landlock in its lsm= list.")
	case errors.Is(err, unix.EPERM):
		s.refuse("The container's seccomp profile forbids Landlock, so commands are refused. Use the default profile of a current Docker.")
	case err != nil:
		s.refuse("This kernel has no Landlock, so commands are refused. Linux 6.7 or newer is needed.")
	case abi < minABI:
		s.refuse(fmt.Sprintf("The Landlock of this kernel is too old (ABI %d), so commands are refused. Linux 6.7 or newer is needed.", abi))
	default:
		s.abi = abi
		s.try(ctx)
	}
}

func (s *Sandbox) probeNamespaces(ctx context.Context) {
	if s.opts.Bwrap == "" {
		path, err := findBwrap()
		if err != nil {
			s.refuse("SANDBOX_ENABLED=true needs bubblewrap, which is not installed, so commands are refused. Install the package bubblewrap, or use the project's image.")
			return
		}
		s.opts.Bwrap = path
	}
	s.try(ctx)
}

// canaries is the ground on which the boundary is tried: a directory of one user, and one of another.
type canaries struct{ root, own, other, temp string }

func newCanaries() (c canaries, err error) {
	if c.root, err = os.MkdirTemp("", "agentchat-canary-*"); err != nil {
		return c, err
	}
	c.own, c.other, c.temp = filepath.Join(c.root, "own"), filepath.Join(c.root, "other"), filepath.Join(c.root, "temp")
	err = errors.Join(os.Mkdir(c.own, 0o700), os.Mkdir(c.other, 0o700), os.Mkdir(c.temp, 0o700),
		os.WriteFile(filepath.Join(c.own, "canary"), []byte("own\n"), 0o600),
		os.WriteFile(filepath.Join(c.other, "canary"), []byte("other\n"), 0o600))
	return c, err
}

// namespaces names those that this process is in.
func namespaces() string {
	var all []string
	for _, kind := range []string{"user", "mnt", "pid", "ipc", "net", "uts"} {
		if name, err := os.Readlink("/proc/self/ns/" + kind); err == nil {
			all = append(all, name)
		}
	}
	return strings.Join(all, " ")
}

// try runs a command that tries to get out, by the very way of every other.
func (s *Sandbox) try(ctx context.Context) {
	ground, err := newCanaries()
	defer func() { _ = os.RemoveAll(ground.root) }()
	if err != nil {
		s.refuse("The boundary around commands cannot be tried, because no temporary file can be made, so commands are refused. Give the server a writable /tmp.")
		return
	}
	script := landlockCanary
	if s.opts.Tier == TierNamespaces {
		script = namespaceCanary
	}
	var out, complaint bytes.Buffer
	nonce := rand.Text()
	exit, err := s.run(ctx, Spec{
		Args: []string{"/bin/bash", "-c", script, "sh", ground.own, ground.other, nonce, strconv.Itoa(os.Getpid()), strconv.FormatBool(s.abi >= scopedABI), namespaces()},
		Dir:  ground.own, ReadWrite: []string{ground.own}, Temp: ground.temp,
		Stdout: &out, Stderr: &complaint,
	})
	changed, readErr := os.ReadFile(filepath.Join(ground.own, "canary"))
	holds := exit.Code == 0 && strings.TrimSpace(out.String()) == nonce && readErr == nil && string(changed) == "changed\n"
	switch {
	case (err != nil || !holds) && s.Status().OK && s.crowdNow().isFull(): // too full to find out anything.
		time.AfterFunc(retryEvery, s.doubt)
	case err != nil:
		s.refuse(s.cure(complaint.String() + cause(err)))
	case !holds:
		s.refuse(fmt.Sprintf("The boundary around commands does not hold here (check %d), so commands are refused.", exit.Code))
	case s.opts.Tier == TierLandlock && s.abi < scopedABI:
		s.setStatus(Status{Tier: TierLandlock, OK: true, Detail: "This kernel's Landlock is older than Linux 6.12: " +
			"commands cannot read what is outside, but can send signals to the server's processes."})
	default:
		s.setStatus(Status{Tier: s.opts.Tier, OK: true})
	}
}

// overlay is what gives a container of the project's compose file all that namespaces need.
const overlay = "add docker-compose.sandbox.yml to the compose files (docker compose -f docker-compose.yml -f docker-compose.sandbox.yml up)"

// cures are the sentences for the errors of bubblewrap that a setting of the container is the reason of.
var cures = []struct{ says, sentence string }{
	{"No permissions to create new namespace", "The container's seccomp profile forbids new namespaces. To change that, " + overlay +
		", or give the container security_opt: seccomp=deploy/seccomp.json and systempaths=unconfined"},
	{"pivot_root", "The container's seccomp profile forbids pivot_root, whatever its capabilities. To change that, " + overlay +
		", or give the container security_opt: seccomp=deploy/seccomp.json and systempaths=unconfined"},
	{"mount proc", "The container hides parts of /proc, so that no new one can be made. To change that, " + overlay +
		", or give the container security_opt: systempaths=unconfined"},
	{"uid map", "Namespaces of users are not allowed here: run the container as its own user (1001) and not as root, and on hosts with AppArmor load deploy/apparmor.profile and add security_opt: apparmor=claude-agent-chat"},
	{"max_user_namespaces", "Further namespaces cannot be forbidden inside, because /proc/sys is read-only. To change that, " + overlay +
		", or give the container security_opt: systempaths=unconfined"},
}

// cure says why the boundary cannot be put up, and what to change.
func (s *Sandbox) cure(complaint string) string {
	complaint = strings.Join(strings.Fields(complaint), " ")
	if s.opts.Tier == TierNamespaces {
		for _, c := range cures {
			if strings.Contains(complaint, c.says) {
				return fmt.Sprintf("Commands are refused, because SANDBOX_ENABLED=true cannot be kept. %s. (%s)", c.sentence, complaint)
			}
		}
	}
	return "The boundary around commands cannot be put up here, so commands are refused: " + complaint + "."
}

func cause(err error) string {
	var known *fault.Error
	if errors.As(err, &known) && known.Cause != nil {
		return known.Cause.Error()
	}
	return err.Error()
}

// The canaries take their own directory, another user's, a nonce, the server's pid, whether signals are kept in, and the
// server's namespaces. They end with the nonce only if they could not do what nobody may, and could do what everybody may.
const (
	commonCanary = `
read -r x < "$1/canary" && [ "$x" = own ] || exit 1
echo changed > "$1/canary" || exit 2
if { read -r x < "$2/canary"; } 2>/dev/null; then exit 10; fi
if { echo x > "$2/canary"; } 2>/dev/null; then exit 11; fi
if [ "$(ulimit -c)" != 0 ]; then exit 15; fi
`
	landlockCanary = commonCanary + `
if { read -r x < "/proc/$4/status"; } 2>/dev/null; then exit 12; fi
if { read -r x < /proc/self/status; } 2>/dev/null; then exit 13; fi
for x in /*; do if [ "$x" != "/*" ]; then exit 14; fi; done
if [ "$5" = true ] && kill -0 "$4" 2>/dev/null; then exit 16; fi
echo "$3"
`
	namespaceCanary = commonCanary + `
[ -e "$2" ] && exit 12
for x in $6; do [ "$(readlink "/proc/self/ns/${x%%:*}")" != "$x" ] || exit 23; done
set -- "$1" "$2" "$3" /proc/[0-9]*
[ $(($# - 3)) -lt 8 ] || exit 13
while read -r name value; do
	case $name in
	CapEff:|CapPrm:|CapBnd:|CapAmb:) [ "$value" = 0000000000000000 ] || exit 14 ;;
	NoNewPrivs:) [ "$value" = 1 ] || exit 16 ;;
	Seccomp:) [ "$value" = 2 ] || exit 17 ;;
	esac
done < /proc/self/status
while read -r name rest; do
	case $name in Inter-*|face|lo:*) ;; *) exit 18 ;; esac
done < /proc/net/dev
read -r -n 1 x < /proc/1/environ && exit 19
for x in /proc/self/fd/*; do
	case ${x##*/} in 0|1|2|255) ;; *) [ -d "$x/" ] && exit 20 ;; esac
done
{ : > /canary; } 2>/dev/null && exit 21
{ : > /usr/canary; } 2>/dev/null && exit 22
{ : > /dev/canary; } 2>/dev/null && exit 24
read -r pid name state parent group session rest < /proc/self/stat
[ "$session" != 0 ] || exit 25
unshare -U true 2>/dev/null && exit 26
echo "$3"
`
)
