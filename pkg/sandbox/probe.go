//go:build linux && (amd64 || arm64)

package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
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
	if !initialised.Load() {
		return errors.New("sandbox: Init was not called first in main or TestMain")
	}
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
	return nil
}

func (s *Sandbox) refuse(sentence string) {
	s.setStatus(Status{Tier: TierNone, Detail: sentence})
}

// try runs a command that tries to get out, by the very way of every other.
func (s *Sandbox) try(ctx context.Context) {
	var out bytes.Buffer
	nonce := rand.Text()
	exit, err := s.run(ctx, Spec{
		Args:   []string{"/bin/sh", "-c", canary, "sh", strconv.Itoa(os.Getpid()), nonce, strconv.FormatBool(s.abi >= scopedABI)},
		Dir:    "/",
		Stdout: &out,
	})
	switch {
	case err != nil:
		s.refuse("The boundary around commands cannot be put up here, so commands are refused: " + cause(err) + ".")
	case exit.Code != 0 || strings.TrimSpace(out.String()) != nonce:
		s.refuse(fmt.Sprintf("The boundary around commands does not hold here (check %d), so commands are refused.", exit.Code))
	case s.abi < scopedABI:
		s.setStatus(Status{Tier: TierLandlock, OK: true, Detail: "This kernel's Landlock is older than Linux 6.12: " +
			"commands cannot read what is outside, but can send signals to the server's processes."})
	default:
		s.setStatus(Status{Tier: TierLandlock, OK: true})
	}
}

func cause(err error) string {
	var known *fault.Error
	if errors.As(err, &known) && known.Cause != nil {
		return known.Cause.Error()
	}
	return err.Error()
}

// canary takes the server's pid, a nonce and whether signals are kept in. It ends with the nonce only if the server's
// process cannot be read or signalled, the root cannot be listed and no core is dumped.
const canary = `
if read -r x < "/proc/$1/status"; then exit 11; fi
if read -r x < /proc/self/status; then exit 12; fi
for x in /*; do if [ "$x" != "/*" ]; then exit 13; fi; done
if [ "$3" = true ] && kill -0 "$1"; then exit 14; fi
if [ "$(ulimit -c)" != 0 ]; then exit 15; fi
echo "$2"
`
