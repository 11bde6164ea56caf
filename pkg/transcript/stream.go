package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"claude-agent-chat/pkg/fault"
)

// streamBlock is how much of a file Stream takes at once, where no line is longer.
const streamBlock = 4 << 20

// Stream gives the records of a file from an offset on, where a line begins, in its order, and then the offset behind the
// last whole line. What stands behind that is on its way. Oversized and damaged records are passed by. The records' values
// must not be kept when fn returns. The error is fs.ErrNotExist if there is no file, and a Conflict if it is shorter than the
// offset or no line begins there.
func Stream(path string, from int64, fn func(rec *Record) error) (end int64, err error) {
	file, size, err := openRegular(path)
	if err != nil {
		return from, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := lineBegins(file, from, size); err != nil {
		return from, err
	}
	var buf memory
	for from < size {
		upTo, err := streamEnd(file, from, size)
		if err != nil {
			return from, err
		}
		if int64(cap(buf)) < upTo-from {
			buf = make(memory, upTo-from)
		}
		buf = buf[:upTo-from]
		if err := readFull(file, buf, from); err != nil {
			return from, err
		}
		whole := int64(bytes.LastIndexByte(buf, '\n') + 1)
		if err := streamBuffer(buf[:whole], from, fn); err != nil {
			return from, err
		}
		switch {
		case whole > 0:
			from += whole
		case upTo == size:
			return from, nil
		default: // a line that is too long.
			feed, err := lineFeed(file, from, size)
			if err != nil || feed == size {
				return from, err
			}
			from = feed + 1
		}
	}
	return from, nil
}

// streamEnd says up to which offset the next part is read. A line that is too long is in none.
func streamEnd(file io.ReaderAt, from, size int64) (int64, error) {
	feed, err := lineFeed(file, min(from+streamBlock, size), size)
	if err != nil {
		return 0, err
	}
	if upTo := min(feed+1, size); upTo-from <= streamBlock+reach.line {
		return upTo, nil
	}
	return from + streamBlock, nil
}

// lineBegins checks that a line begins at an offset.
func lineBegins(file io.ReaderAt, at, size int64) error {
	if at == 0 {
		return nil
	}
	var last [1]byte
	if at <= size {
		if err := readFull(file, last[:], at-1); err != nil {
			return err
		}
	}
	if last[0] != '\n' {
		return fault.New(fault.Conflict, "The session's file is another one than before.")
	}
	return nil
}

// streamBuffer gives the records of some whole lines.
func streamBuffer(data memory, base int64, fn func(rec *Record) error) error {
	s, err := scan(data, 0, int64(len(data)), nil)
	if err != nil {
		return err
	}
	for at := range s.bones {
		rec, err := s.record(data, at)
		if err != nil || rec.Oversized {
			continue
		}
		rec.start, rec.end = base+s.bones[at].start, rec.end+base
		rec.Cursor = cursorOf(rec.end, rec.UUID)
		if err := fn(&rec); err != nil {
			return err
		}
	}
	return nil
}

// Span says where a record that Stream gave stands in its file, in bytes, and where its line ends.
func (r *Record) Span() (offset, size, end int64) { return r.start, int64(len(r.Raw)), r.end }

// ReadAt reads the record at a place that Span told. The error is fs.ErrNotExist if there is no file, and a Conflict if the
// record is not there any more.
func ReadAt(path string, offset, size, end int64) (rec Record, err error) {
	file, have, err := openRegular(path)
	if err != nil {
		return Record{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if offset < 0 || size <= 0 || size > reach.line || end < offset+size || end > have {
		return Record{}, errMoved()
	}
	line := make([]byte, size)
	if err := readFull(file, line, offset); err != nil {
		return Record{}, fmt.Errorf("read a record: %w", err)
	}
	rec, ok := decode(line)
	if !ok {
		return Record{}, errMoved()
	}
	rec.start, rec.end = offset, end
	rec.Cursor = cursorOf(end, rec.UUID)
	return rec, nil
}

func errMoved() error { return fault.New(fault.Conflict, "The record is not there any more.") }

// Copy writes a file's whole lines as they are, up to the last line feed that is there now. The error is fs.ErrNotExist if
// there is no file.
func Copy(to io.Writer, path string) (err error) {
	file, size, err := openRegular(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	end, err := lastLine(file, size)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, io.NewSectionReader(file, 0, end)); err != nil {
		return fmt.Errorf("copy transcript: %w", err)
	}
	return nil
}
