package permission

import (
	"path"
	"strings"
)

// insideShell finds the text that a shell is given.
func insideShell(args []word, stdin *word) inside {
	var in inside
	for len(args) > 0 {
		arg := args[0]
		switch {
		case !arg.fixed:
			in.unread, in.hints = true, args[:min(len(args), maxGuesses)]
			return in
		case arg.text == "--" || arg.text == "-":
			return shellFile(in, args[1:], stdin)
		case arg.text == "--rcfile" || arg.text == "--init-file":
			in.unread = true
			args = args[1:]
		case strings.HasPrefix(arg.text, "--"):
		case !isShellOption(arg):
			return shellFile(in, args, stdin)
		case arg.text[0] == '-' && strings.Contains(arg.text, "c"):
			return shellText(in, args[1:])
		case strings.Contains(arg.text, "s"):
			return shellInput(in, stdin)
		case takesName(arg):
			args = args[1:]
		}
		args = args[min(1, len(args)):]
	}
	return shellInput(in, stdin)
}

// isShellOption tells options from other arguments. Some begin with a plus sign.
func isShellOption(arg word) bool {
	return len(arg.text) > 1 && (arg.text[0] == '-' || arg.text[0] == '+') && arg.text != "--"
}

// takesName reports whether the name of an option follows.
func takesName(arg word) bool {
	return strings.HasSuffix(arg.text, "o") || strings.HasSuffix(arg.text, "O")
}

// shellFile is a shell that reads its commands from a file.
func shellFile(in inside, args []word, stdin *word) inside {
	if len(args) == 0 {
		return shellInput(in, stdin)
	}
	in.unread = in.unread || !ordinaryFile(args[0])
	return in
}

// shellText takes the text after -c: the first argument that is no option. The ones behind it are for the text.
func shellText(in inside, args []word) inside {
	for i, arg := range args {
		if arg.fixed && isShellOption(arg) {
			in.hints = append(in.hints, arg)
			if takesName(arg) {
				in.hints = append(in.hints, args[i+1:]...)
			}
			continue
		}
		if arg.text == "--" && arg.fixed {
			continue
		}
		in.codes = append(in.codes, arg)
		return in
	}
	return in
}

// shellInput is a shell that reads its commands from its input.
func shellInput(in inside, stdin *word) inside {
	if stdin == nil {
		in.unread = true
		return in
	}
	in.codes = append(in.codes, *stdin)
	return in
}

// ordinaryFile reports whether a file of commands is one that lies on the disk.
func ordinaryFile(file word) bool {
	name := path.Clean(file.text)
	return file.fixed && !strings.HasPrefix(name, "/dev/") && !strings.HasPrefix(name, "/proc/") && name != "."
}
