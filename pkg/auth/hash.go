package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"claude-agent-chat/pkg/fault"
)

// cost is what one argon2id hash takes.
type cost struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// current is the cost of new hashes; older ones that took less are replaced at the next sign-in.
var current = cost{memory: 19 << 10, time: 2, threads: 1}

// most bounds what a stored hash may ask for, so that a damaged one cannot eat the memory.
var most = cost{memory: 256 << 10, time: 16, threads: 16}

const (
	saltBytes = 16
	keyBytes  = 32
	// hashWait is how long a sign-in waits for its turn.
	hashWait = 10 * time.Second
)

// decoy is hashed against when there is no account, so that the answer takes as long. Nothing matches it.
var decoy = encode(current, make([]byte, saltBytes), make([]byte, keyBytes))

// hasher bounds how many hashes are made at once: each takes 19 MiB and a core.
type hasher struct {
	slots chan struct{}
}

func newHasher() *hasher {
	return &hasher{slots: make(chan struct{}, max(2, min(runtime.GOMAXPROCS(0), 8)))}
}

// acquire waits for a slot; the caller calls release.
func (h *hasher) acquire(ctx context.Context) (release func(), err error) {
	late := time.NewTimer(hashWait)
	defer late.Stop()
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash a password: %w", ctx.Err())
	case <-late.C:
		return nil, fault.New(fault.Unavailable, "Too many people are signing in at once. Try again in a moment.")
	}
}

// hash makes the text that is kept of a password: the PHC string format, with a salt of its own.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	release, err := h.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // It never fails.
	return encode(current, salt, derive(current, salt, password, keyBytes)), nil
}

// verify reports whether the password is the one of the hash, and whether the hash is weaker than new ones.
func (h *hasher) verify(ctx context.Context, stored, password string) (match, weak bool, err error) {
	c, salt, key, err := decode(stored)
	if err != nil {
		return false, false, err
	}
	release, err := h.acquire(ctx)
	if err != nil {
		return false, false, err
	}
	defer release()
	match = subtle.ConstantTimeCompare(key, derive(c, salt, password, uint32(len(key)))) == 1
	return match, c.weaker(current) || len(key) < keyBytes, nil
}

func derive(c cost, salt []byte, password string, length uint32) []byte {
	return argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, length)
}

// weaker reports whether a hash of cost c is easier to attack than one of cost d in any respect.
func (c cost) weaker(d cost) bool { return c.memory < d.memory || c.time < d.time }

func (c cost) sane() bool {
	return c.time >= 1 && c.time <= most.time && c.threads >= 1 && c.threads <= most.threads &&
		c.memory >= 8*uint32(c.threads) && c.memory <= most.memory
}

func encode(c cost, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, c.memory, c.time, c.threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// errHash does not say what is wrong with a stored hash: the log is no place for parts of it.
var errHash = errors.New("read password hash: it is damaged")

// decode is the inverse of encode.
func decode(stored string) (c cost, salt, key []byte, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil || !c.sane() {
		return cost{}, nil, nil, errHash
	}
	b64 := base64.RawStdEncoding.Strict()
	salt, saltErr := b64.DecodeString(parts[4])
	key, keyErr := b64.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64 {
		return cost{}, nil, nil, errHash
	}
	return c, salt, key, nil
}
