package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/roster"
	"claude-agent-chat/pkg/transcript"
)

// doctor says what is damaged in the transcripts, in all or in those of the paths, and with --repair mends it.
func doctor(ctx context.Context, cfg *config.Config, args []string, stdout, stderr io.Writer) int {
	repair := len(args) > 0 && args[0] == "--repair"
	if repair {
		args = args[1:]
	}
	return withIndex(ctx, cfg, args, stderr, func(x *index.Index, _ *roster.Roster, paths []string) error {
		v := visit{out: stdout, errors: stderr}
		err := x.Examine(ctx, paths, func(f index.File, d transcript.Diagnosis) error {
			v.files++
			if d.Damaged == 0 {
				return nil
			}
			v.tell(f, &d)
			if repair {
				v.mend(ctx, x, f)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return v.end()
	})
}

// visit is one run of the doctor.
type visit struct {
	out, errors                    io.Writer
	files, damaged, mended, failed int
}

// tell says what is wrong with a file, and what repair would do.
func (v *visit) tell(f index.File, d *transcript.Diagnosis) {
	v.damaged++
	_, _ = fmt.Fprintf(v.out, "%s: %d of %d lines damaged\n", f.Path, d.Damaged, d.Lines)
	for _, one := range d.Findings {
		_, _ = fmt.Fprintf(v.out, "  line %d at %d, %d bytes: %s\n", one.Line, one.Offset, one.Size, describe(&one))
	}
	if more := d.Damaged - len(d.Findings); more > 0 {
		_, _ = fmt.Fprintf(v.out, "  and %d more\n", more)
	}
}

// describe words a finding.
func describe(f *transcript.Finding) string {
	switch f.Damage {
	case transcript.Torn:
		return fmt.Sprintf("the writer was cut off here; repair cuts off %d bytes, and so does the next turn", f.Lost)
	case transcript.Unended:
		return "a whole record that lacks its line feed; repair adds it"
	case transcript.Zeros:
		return fmt.Sprintf("zero bytes, as a power loss leaves them, around %d whole records; repair takes these out", f.Records)
	case transcript.Glued:
		return fmt.Sprintf("%d whole records and %d bytes that are part of none; repair keeps the records", f.Records, f.Lost)
	case transcript.TooLong:
		return "too long to be read, and no record; repair leaves it"
	default:
		return fmt.Sprintf("nothing whole in it; repair leaves its %d bytes out", f.Lost)
	}
}

// mend repairs a file.
func (v *visit) mend(ctx context.Context, x *index.Index, f index.File) {
	done, err := x.Repair(ctx, f)
	if done.Copy != "" {
		_, _ = fmt.Fprintf(v.out, "  repaired: %d lines, %d records taken out of them, %d bytes left out; the file as it was is %s\n",
			done.Changed, done.Records, done.Lost, filepath.Join(filepath.Dir(f.Path), done.Copy))
		v.mended++
	}
	if err != nil {
		_, _ = fmt.Fprintf(v.errors, "  %s: %s\n", f.Path, fault.Message(err))
		v.failed++
	}
}

func (v *visit) end() error {
	_, _ = fmt.Fprintf(v.out, "%d transcripts examined, %d damaged, %d repaired\n", v.files, v.damaged, v.mended)
	if v.damaged > v.mended || v.failed > 0 {
		return errTold
	}
	return nil
}
