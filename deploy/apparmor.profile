# For hosts with AppArmor (Ubuntu, Debian), where Docker's own profile forbids what bubblewrap does. Load it with
#
#     sudo apparmor_parser --replace --write-cache deploy/apparmor.profile
#
# and give the gateway's container  security_opt: [apparmor=claude-agent-chat]. It is Docker's profile with mounts and user
# namespaces allowed; what a tool runs has no use for them: the sandbox's own filter refuses them there.

abi <abi/4.0>,
#include <tunables/global>

profile claude-agent-chat flags=(attach_disconnected,mediate_deleted) {
  #include <abstractions/base>

  network,
  capability,
  file,
  umount,
  mount,
  pivot_root,
  userns,

  # Inside the container, and from the host.
  signal (receive) peer=unconfined,
  signal (send,receive) peer=claude-agent-chat,
  ptrace (trace,read,tracedby,readby) peer=claude-agent-chat,

  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/** w,
  deny @{PROC}/sys/[^kun]** w,
  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/kernel/security/** rwklx,
}
