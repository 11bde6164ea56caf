export interface KeyPress {
  key: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** isComposing is true while an input method holds the key: its Enter chooses a word and must never send. */
export function isComposing(event: Pick<KeyPress, "isComposing" | "keyCode">): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** sends decides whether this key press sends the message, by the person's setting. */
export function sends(event: KeyPress, enter: "send" | "newline"): boolean {
  if (event.key !== "Enter" || isComposing(event) || event.altKey) return false;
  const withCommand = event.ctrlKey || event.metaKey;
  if (enter === "newline") return withCommand;
  return withCommand || !event.shiftKey;
}

/** isMac is true where the command key takes the place of Ctrl. */
export const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
