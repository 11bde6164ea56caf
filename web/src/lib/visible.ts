// Characters that a screen does not show, or that change how the rest is read: control characters except tab and
// newline, bidirectional controls, zero-width and other format characters, line and paragraph separators.
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: combining characters are looked for one by one.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

export interface VisiblePart {
  text: string;
  hidden: boolean;
}

/**
 * visibleParts splits a text so that nothing in it can hide: each unseen character becomes a part of its own that
 * names it, such as ⟨U+202E⟩.
 */
export function visibleParts(text: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), hidden: false });
    parts.push({ text: nameOf(match[0]), hidden: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), hidden: false });
  return parts;
}

function nameOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with a control character.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes.
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** plainOutput takes terminal escapes out of a command's output and lets a carriage return overwrite its line. */
export function plainOutput(text: string): string {
  return text
    .replace(ESCAPES, "")
    .replace(/\r+\n/g, "\n")
    .replace(/[^\n]*\r(?=[^\n])/g, "")
    .replace(/\r/g, "")
    .replace(CONTROLS, "");
}

/** hidesAnything is true when any text within a value has a character that a screen does not show. */
export function hidesAnything(value: unknown): boolean {
  if (typeof value === "string") return visibleParts(value).some((part) => part.hidden);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, member]) => hidesAnything(key) || hidesAnything(member));
}
