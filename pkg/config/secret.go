package config

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands for every secret wherever one is printed.
const redacted = "[redacted]"

// Secret is a setting that must not be seen: whatever prints, marshals or logs it shows "[redacted]". Only Reveal gives
// the value.
type Secret string

// Reveal gives the value itself, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String hides the value.
func (Secret) String() string { return redacted }

// GoString hides the value.
func (Secret) GoString() string { return redacted }

// Format hides the value under every verb; without it a wrong verb would show the value in fmt's complaint.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText hides the value in JSON and every other encoding that asks.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the value in logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
