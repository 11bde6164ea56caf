package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"claude-agent-chat/pkg/fault"
)

func TestMessageHidesTheCause(t *testing.T) {
	err := fmt.Errorf("open: %w", fault.Wrap(errors.New("secret path"), fault.Unavailable, "Try %s.", "again"))
	if fault.Message(err) != "Try again." || fault.CodeOf(err) != fault.Unavailable || !fault.Is(err, fault.Unavailable) {
		t.Errorf("%q %q", fault.Message(err), fault.CodeOf(err))
	}
	if !strings.Contains(err.Error(), "secret path") {
		t.Errorf("the log does not get the cause: %v", err)
	}
}

func TestForeignErrorIsInternal(t *testing.T) {
	err := errors.New("dial tcp 10.0.0.1: refused")
	if fault.CodeOf(err) != fault.Internal || fault.Is(err, fault.Internal) || strings.Contains(fault.Message(err), "10.0.0.1") {
		t.Errorf("%q %q", fault.CodeOf(err), fault.Message(err))
	}
	if got := fault.Code("unheard of").HTTPStatus(); got != 500 {
		t.Errorf("an unknown code is %d", got)
	}
}
