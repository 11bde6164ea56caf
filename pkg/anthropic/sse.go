package anthropic

import (
	"bytes"
	"errors"
	"io"
)

// maxFrame bounds one server-sent event, in bytes. A larger one is an attack or a fault.
const maxFrame = 32 << 20

var errFrameTooLarge = errors.New("server-sent event is larger than 32 MiB")

// frames splits a response into server-sent events.
//
// The SDK has a decoder for this, which is not used: it loses a last event that no blank line follows, knows no line end
// but LF and CRLF, does not bound an event of many lines, and allocates twice for each event. This one allocates nothing
// for them: it reuses its memory, and what next returns is valid until the call after it.
type frames struct {
	read  func([]byte) (int, error)
	buf   []byte // what was read and not yet used is buf[start:end]
	start int
	end   int
	seen  int  // buf[start:seen] holds no line end
	crEnd bool // the line before ended with CR: an LF that follows belongs to it
	first bool // nothing of the stream was used yet

	name []byte
	data []byte
}

// newFrames reads from read, which may return as little as it likes.
func newFrames(read func([]byte) (int, error)) *frames {
	return &frames{read: read, buf: make([]byte, 8<<10), first: true}
}

// next returns the name and the data of the next event that has data. At the end of the input, what was not finished
// by a blank line is returned once, with complete false; then io.EOF.
func (f *frames) next() (name, data []byte, complete bool, err error) {
	f.name, f.data = f.name[:0], f.data[:0]
	for {
		line, err := f.line()
		if err != nil {
			return f.rest(err)
		}
		if len(line) > 0 {
			f.field(line)
		} else if len(f.data) > 0 {
			return f.name, f.data[1:], true, nil
		} else {
			f.name = f.name[:0]
		}
		if len(f.data) > maxFrame {
			return nil, nil, false, errFrameTooLarge
		}
	}
}

// rest is what remains at the end of the input, the last line included if no line end follows it.
func (f *frames) rest(err error) (name, data []byte, complete bool, _ error) {
	if !errors.Is(err, io.EOF) {
		return nil, nil, false, err
	}
	if f.start < f.end {
		f.field(f.buf[f.start:f.end])
		f.start = f.end
	}
	if len(f.data) == 0 {
		return nil, nil, false, io.EOF
	}
	return f.name, f.data[1:], false, nil
}

// field takes one line in. Each line of data is kept with a line end before it.
func (f *frames) field(line []byte) {
	key, value, _ := bytes.Cut(line, []byte{':'})
	if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	switch string(key) {
	case "event":
		f.name = append(f.name[:0], value...)
	case "data":
		f.data = append(append(f.data, '\n'), value...)
	}
}

// line returns the next line without its end, which may be LF, CRLF or CR.
func (f *frames) line() ([]byte, error) {
	for {
		if f.crEnd && f.start < f.end {
			if f.crEnd = false; f.buf[f.start] == '\n' {
				f.start++
			}
		}
		if line, ok := f.buffered(); ok {
			return line, nil
		}
		if err := f.fill(); err != nil {
			return nil, err
		}
	}
}

// buffered returns the next line if the buffer has all of it.
func (f *frames) buffered() ([]byte, bool) {
	f.seen = max(f.seen, f.start)
	rest := f.buf[f.seen:f.end]
	at := bytes.IndexByte(rest, '\n')
	if at >= 0 {
		rest = rest[:at]
	}
	if cr := bytes.IndexByte(rest, '\r'); cr >= 0 {
		at, f.crEnd = cr, true
	}
	if at < 0 {
		f.seen = f.end
		return nil, false
	}
	line := f.buf[f.start : f.seen+at]
	f.start = f.seen + at + 1
	f.seen = f.start
	if f.first {
		f.first = false
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	return line, true
}

// fill reads more, after making room for it.
func (f *frames) fill() error {
	if f.start > 0 {
		f.end = copy(f.buf, f.buf[f.start:f.end])
		f.seen -= f.start
		f.start = 0
	}
	if f.end == len(f.buf) {
		if len(f.buf) > maxFrame {
			return errFrameTooLarge
		}
		f.buf = append(f.buf, make([]byte, len(f.buf))...)
	}
	n, err := f.read(f.buf[f.end:])
	f.end += n
	if n > 0 {
		return nil // an error comes again with the next read
	}
	return err
}
