// Command seccomp prints the seccomp profile for containers in which bubblewrap makes namespaces: Docker's default and
// the calls that this takes. `make deploy/seccomp.json` writes it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// more are the calls beside Docker's default: the first five for bubblewrap up to 0.11, all of them from 0.12 on. What a
// tool runs may call none of them: the sandbox has a stricter filter of its own for that.
var more = []string{
	"clone", "unshare", "mount", "umount2", "pivot_root",
	"open_tree", "move_mount", "mount_setattr", "fsopen", "fsconfig", "fsmount", "fspick",
}

func main() {
	profile := seccomp.DefaultProfile()
	profile.Syscalls = append(profile.Syscalls, &seccomp.Syscall{
		LinuxSyscall: specs.LinuxSyscall{Names: more, Action: specs.ActAllow},
	})
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "\t")
	if err := out.Encode(profile); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
