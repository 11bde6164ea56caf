//go:build race

package wire_test

// raced says that the race detector is on, which makes bulk data some ten times slower.
const raced = true
