package transcript

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
)

// Damage is what is wrong with a line.
type Damage string

// The kinds of damage.
const (
	Torn       Damage = "torn"       // the end of the file, without a line feed: its writer was cut off
	Unended    Damage = "unended"    // a whole record at the end of the file that lacks its line feed
	Zeros      Damage = "zeros"      // whole records between zero bytes, as a power loss leaves them
	Glued      Damage = "glued"      // whole records beside something that is none: a torn one, or one without line feed
	Unreadable Damage = "unreadable" // nothing whole in it
	TooLong    Damage = "too_long"   // longer than what is held in memory, and not readable; repair leaves it
)

// maxFindings bounds the damaged lines that a Diagnosis names.
const maxFindings = 100

// Finding is a damaged line.
type Finding struct {
	Damage  Damage `json:"damage"`
	Line    int    `json:"line"`    // counted from 1
	Offset  int64  `json:"offset"`  // of the line
	Size    int64  `json:"size"`    // in bytes
	Records int    `json:"records"` // whole ones in it, which reading shows and repair keeps
	Lost    int64  `json:"lost"`    // bytes that are part of none; repair leaves them out
}

// Diagnosis is the state of a file. Damaged counts the lines that repair would change. Orphans and Repeated are told because
// they say what happened; reading goes on over both, as Claude Code does, and repair leaves them.
type Diagnosis struct {
	Size     int64     `json:"size"`
	Lines    int       `json:"lines"`
	Records  int       `json:"records"`
	Damaged  int       `json:"damaged"`
	Findings []Finding `json:"findings"` // the first 100
	Orphans  int       `json:"orphans"`  // records whose parent is not in the file
	Repeated int       `json:"repeated"` // records with the uuid of an earlier one
	Aside    []string  `json:"aside"`    // names of the files beside it with what was cut off, or kept by a repair
}

// Examine reads a whole file and says what is wrong with it. Nothing is changed. The error is fs.ErrNotExist if there is no
// file.
func Examine(path string) (d Diagnosis, err error) {
	file, size, err := openRegular(path)
	if err != nil {
		return Diagnosis{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	d.Size, d.Findings = size, []Finding{}
	b := builder{skeleton: &skeleton{end: size}}
	err = eachLine(file, size, func(l *line) error {
		d.take(l)
		if l.text == nil {
			return b.oversized(file, l.start, l.size)
		}
		b.line(l.text, l.start)
		return nil
	})
	if err != nil {
		return Diagnosis{}, err
	}
	s := b.skeleton
	s.index()
	d.Repeated = len(s.older)
	for i := range s.bones {
		if b := &s.bones[i]; b.chained() && b.parent != 0 && !b.is(boneLogical) {
			if _, known := s.last(b.parent); !known {
				d.Orphans++
			}
		}
	}
	d.Aside = asideOf(path)
	return d, nil
}

func (d *Diagnosis) take(l *line) {
	if l.blank() {
		return
	}
	d.Lines++
	damage, parts := l.judge()
	d.Records += len(parts)
	if damage == "" {
		return
	}
	d.Damaged++
	if len(d.Findings) == maxFindings {
		return
	}
	d.Findings = append(d.Findings, Finding{
		Damage: damage, Line: l.number, Offset: l.start, Size: l.size, Records: len(parts), Lost: l.lost(damage, parts),
	})
}

// asideOf lists the files that cutting off and repair left beside a transcript.
func asideOf(path string) []string {
	names := []string{}
	for _, kind := range []string{".torn-*", ".before-repair-*"} {
		found, err := filepath.Glob(path + kind)
		if err != nil {
			continue
		}
		for _, name := range found {
			names = append(names, filepath.Base(name))
		}
	}
	return names
}

// line is a line of a file, without its line feed.
type line struct {
	number int
	start  int64
	size   int64
	text   []byte // nil if it is too long to be held
	ended  bool   // by a line feed
	whole  bool   // of a line that is too long: it is a record
}

// blank reports whether there is nothing in the line; what lacks only its end is something.
func (l *line) blank() bool { return l.text != nil && len(bytes.TrimSpace(l.text)) == 0 }

// judge says what is wrong with the line, and which whole records are in it. Damage is empty if it is sound.
func (l *line) judge() (Damage, []span) {
	if l.text == nil {
		if l.whole {
			return "", []span{{0, int(l.size)}}
		}
		return TooLong, nil
	}
	sound := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(l.text), byteOrderMark))
	if _, ok := decode(sound); ok {
		at := cap(l.text) - cap(sound)
		parts := []span{{at, at + len(sound)}}
		if !l.ended {
			return Unended, parts
		}
		return "", parts
	}
	parts, nothingElse := salvage(l.text)
	switch {
	case len(parts) > 0 && nothingElse && bytes.IndexByte(l.text, 0) >= 0:
		return Zeros, parts
	case len(parts) > 0:
		return Glued, parts
	case !l.ended:
		return Torn, nil
	default:
		return Unreadable, nil
	}
}

// lost is how many bytes of a damaged line are part of no whole record; blanks and zeros are not counted.
func (l *line) lost(damage Damage, parts []span) int64 {
	if damage == Zeros || damage == Unended {
		return 0
	}
	lost, at := int64(0), 0
	for _, p := range append(parts, span{len(l.text), len(l.text)}) {
		lost += int64(len(bytes.Trim(l.text[at:p.start], "\x00 \t\r")))
		at = p.end
	}
	return lost
}

// eachLine gives the lines of a file up to an offset.
func eachLine(file *os.File, size int64, fn func(l *line) error) error {
	buf := make([]byte, 64<<10)
	for at, number := int64(0), 1; at < size; number++ {
		feed, err := lineFeed(file, at, size)
		if err != nil {
			return err
		}
		l := line{number: number, start: at, size: feed - at, ended: feed < size}
		if l.size <= reach.line {
			if int64(cap(buf)) < l.size {
				buf = make([]byte, l.size+l.size/4)
			}
			l.text = buf[:l.size:l.size]
			if err := readFull(file, l.text, at); err != nil {
				return err
			}
		} else if l.whole, err = soundOversized(file, at, l.size); err != nil {
			return err
		}
		if err := fn(&l); err != nil {
			return err
		}
		at = feed + 1
	}
	return nil
}

// soundOversized reports whether a line that is too long to be held is a record.
func soundOversized(file *os.File, at, size int64) (bool, error) {
	b := builder{skeleton: &skeleton{}}
	if err := b.oversized(file, at, size); err != nil {
		return false, err
	}
	return len(b.skeleton.bones) == 1, nil
}
