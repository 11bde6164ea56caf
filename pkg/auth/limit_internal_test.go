package auth

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// failed counts how many of n attempts are let through, all of which fail.
func failed(l *limits, n int, address, username string) (through int) {
	for range n {
		if _, ok := l.begin(address, username); ok {
			through++
		}
	}
	return through
}

func TestFailuresMelt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits()
		if n := failed(l, 100, "192.0.2.1:5", "alice"); n != perName.burst {
			t.Errorf("%d attempts, want %d", n, perName.burst)
		}
		time.Sleep(2 * perName.each)
		if n := failed(l, 100, "192.0.2.1:6", "ALICE"); n != 2 {
			t.Errorf("%d attempts after a while, want 2", n)
		}
		if n := failed(l, 3, "192.0.2.2:5", "alice"); n != 3 {
			t.Errorf("%d attempts from elsewhere, want 3", n)
		}
		if n := failed(l, 3, "192.0.2.1", "bob"); n != 3 {
			t.Errorf("%d attempts with another name, want 3", n)
		}
	})
}

func TestManyNamesFromOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits()
		through := 0
		for i := range 200 {
			through += failed(l, 1, "[2001:db8::1]:5", fmt.Sprint("name", i))
		}
		if through != perAddress.burst {
			t.Errorf("%d attempts, want %d", through, perAddress.burst)
		}
		if n := failed(l, 1, "[2001:db8::ffff]:9", "x"); n != 0 {
			t.Error("another address of the same network got through")
		}
		if n := failed(l, 1, "[2001:db8:0:1::1]:9", "x"); n != 1 {
			t.Error("another network did not get through")
		}
	})
}

func TestSuccessForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits()
		for range 100 {
			a, ok := l.begin("192.0.2.1", "alice")
			if !ok {
				t.Fatal("successes were counted")
			}
			a.succeed()
		}
		failed(l, perName.burst-1, "192.0.2.1", "alice")
		for range 100 {
			a, ok := l.begin("192.0.2.1", "alice")
			if !ok {
				t.Fatal("forgiven attempts were counted")
			}
			a.forgive()
		}
		a, _ := l.begin("192.0.2.1", "alice")
		a.succeed()
		if n := failed(l, 100, "192.0.2.1", "alice"); n != perName.burst {
			t.Errorf("%d attempts after a success, want %d", n, perName.burst)
		}
	})
}

func TestLimitsAreBounded(t *testing.T) {
	l := newLimits()
	for i := range 2*maxTracked + 7 {
		l.begin(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), "alice")
	}
	if len(l.byName) > maxTracked || len(l.byPlace) > maxTracked {
		t.Errorf("%d and %d entries", len(l.byName), len(l.byPlace))
	}
}

func TestPlaceOf(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "192.0.2.1": "192.0.2.1", "[::ffff:192.0.2.1]:80": "192.0.2.1",
		"[2001:db8::1]:80": "2001:db8::/64", "2001:db8::2": "2001:db8::/64", "fe80::1%eth0": "fe80::/64",
		"": "unknown", "@": "unknown", "host:80": "unknown",
	} {
		if got := placeOf(in); got != want {
			t.Errorf("placeOf(%q) = %q, want %q", in, got, want)
		}
	}
}
