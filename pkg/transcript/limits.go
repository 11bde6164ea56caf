package transcript

// limits are how far the rules of this package look, in bytes. A page that is read from the end of a file can only be the
// same as one of the whole file if no rule depends on what lies further off; so that both always agree, the whole file is
// read by the same rules.
type limits struct {
	// block is how much of a file's end is read first. It doubles until it is enough.
	block int64
	// near is how far before a message one with the same uuid is looked for whatever its time. One that is further off
	// counts only if the message's time is out of order, as of those that a compaction appends again.
	near int64
	// far is how far before the last message a last-prompt may begin that counts, and how far a branch may turn round: no
	// record of it stands so far behind one that is nearer to its leaf.
	far int64
	// line is the longest line that is decoded as a whole.
	line int64
	// damaged is the length from which a line is not a record at all.
	damaged int64
}

var reach = limits{block: 128 << 10, near: 64 << 10, far: 2 << 20, line: 16 << 20, damaged: 1 << 30}
