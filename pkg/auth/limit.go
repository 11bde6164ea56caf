package auth

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/cases"
)

// allowance is how many failures are free, and how long it takes until one is forgotten.
type allowance struct {
	burst int
	each  time.Duration
}

// An address may fail five times with one name, and thirty times with any: people behind one address share it.
var (
	perName    = allowance{burst: 5, each: 30 * time.Second}
	perAddress = allowance{burst: 30, each: 10 * time.Second}
)

// maxTracked bounds the memory that strangers can make the limits use.
const maxTracked = 20_000

// limits counts failed sign-ins. It lives in the one process that takes them, and forgets everything at a restart.
type limits struct {
	mu      sync.Mutex
	byName  map[string]failures // by address and name
	byPlace map[string]failures // by address
}

// failures is a number of failures that melts with time.
type failures struct {
	count float64
	at    time.Time // when count was right
}

func newLimits() *limits {
	return &limits{byName: map[string]failures{}, byPlace: map[string]failures{}}
}

// attempt is a sign-in under way. It counts as a failure until it is known to be none, so that a hundred at once do not
// get through before the first has failed.
type attempt struct {
	limits      *limits
	name, place string
}

// begin counts an attempt in, unless there were too many failures.
func (l *limits) begin(remoteAddr, username string) (attempt, bool) {
	place := placeOf(remoteAddr)
	a := attempt{limits: l, place: place, name: place + " " + foldName(username)}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	name, all := l.byName[a.name].melt(perName, now), l.byPlace[a.place].melt(perAddress, now)
	if name.count+1 > float64(perName.burst) || all.count+1 > float64(perAddress.burst) {
		return attempt{}, false
	}
	name.count++
	all.count++
	put(l.byName, a.name, name, perName)
	put(l.byPlace, a.place, all, perAddress)
	return a, true
}

// forgive takes the attempt back, because it was not the caller's fault that it failed.
func (a attempt) forgive() {
	a.limits.mu.Lock()
	defer a.limits.mu.Unlock()
	takeBack(a.limits.byName, a.name)
	takeBack(a.limits.byPlace, a.place)
}

// succeed takes the attempt back and forgets the failures with this name.
func (a attempt) succeed() {
	a.limits.mu.Lock()
	defer a.limits.mu.Unlock()
	delete(a.limits.byName, a.name)
	takeBack(a.limits.byPlace, a.place)
}

func takeBack(m map[string]failures, key string) {
	if f, ok := m[key]; ok {
		f.count = max(0, f.count-1)
		m[key] = f
	}
}

// melt gives the failures as of now.
func (f failures) melt(a allowance, now time.Time) failures {
	gone := now.Sub(f.at).Seconds() / a.each.Seconds()
	return failures{count: max(0, f.count-max(0, gone)), at: now}
}

// put keeps an entry. If there are too many it makes room first.
func put(m map[string]failures, key string, f failures, a allowance) {
	if _, ok := m[key]; !ok && len(m) >= maxTracked {
		makeRoom(m, a, f.at)
	}
	m[key] = f
}

// makeRoom drops the entries that have melted and then any others, until a quarter is free: it costs a walk over all
// entries and must not be needed for every new one.
func makeRoom(m map[string]failures, a allowance, now time.Time) {
	for key, f := range m {
		if f.melt(a, now).count == 0 {
			delete(m, key)
		}
	}
	for key := range m {
		if len(m) <= maxTracked*3/4 {
			return
		}
		delete(m, key)
	}
}

// foldName makes the spellings of one name one key, of bounded length.
func foldName(username string) string {
	return cases.Fold().String(strings.ToValidUTF8(username[:min(len(username), 4*maxUsername)], ""))
}

// placeOf is the address without its port; of an IPv6 address the network, because one machine has all of it.
func placeOf(remoteAddr string) string {
	addr, err := netip.ParseAddr(remoteAddr)
	if err != nil {
		port, portErr := netip.ParseAddrPort(remoteAddr)
		if portErr != nil {
			return "unknown"
		}
		addr = port.Addr()
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return network.String()
}
