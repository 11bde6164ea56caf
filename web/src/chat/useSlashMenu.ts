import { type KeyboardEvent, useEffect, useId, useMemo, useState } from "react";
import { isComposing, sends } from "@/lib/keys";
import type { Command } from "@/transcript/types";
import { matching, slashQuery } from "./slash";

export interface SlashMenuState {
  /** What is offered; empty while the menu is closed. */
  list: readonly Command[];
  active: number;
  listId: string;
  point(index: number): void;
  choose(command: Command): void;
  /** onKey is true when the key was for the menu. */
  onKey(event: KeyboardEvent): boolean;
  /** What the field has to tell and to be told. */
  field: {
    onFocus(): void;
    onBlur(): void;
    onCompositionStart(): void;
    onCompositionEnd(): void;
    "aria-autocomplete": "list" | undefined;
    "aria-haspopup": "listbox" | undefined;
    "aria-controls": string | undefined;
    "aria-activedescendant": string | undefined;
  };
}

interface SlashMenuOptions {
  text: string;
  commands: readonly Command[];
  enter: "send" | "newline";
  onText(text: string): void;
}

/**
 * useSlashMenu offers the commands while the name of one is being typed. The focus stays in the field, which names the
 * active option. Escape closes the menu until another command is begun; it never opens while an input method composes.
 */
export function useSlashMenu({ text, commands, enter, onText }: SlashMenuOptions): SlashMenuState {
  const listId = useId();
  const [focused, setFocused] = useState(false);
  const [composing, setComposing] = useState(false);
  const [dismissed, setDismissed] = useState(false);
  const [active, setActive] = useState(0);
  const query = slashQuery(text);
  const begun = query !== undefined;
  const open = begun && focused && !composing && !dismissed;
  const list = useMemo(() => (open ? matching(commands, query) : []), [open, commands, query]);
  useEffect(() => {
    if (!begun) setDismissed(false);
  }, [begun]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another query is another list.
  useEffect(() => setActive(0), [query]);

  const choose = (command: Command) => onText(`/${command.name} `);
  const onKey = (event: KeyboardEvent): boolean => {
    const command = list[active] ?? list[0];
    if (!command || isComposing(event.nativeEvent) || event.ctrlKey || event.metaKey || event.altKey) return false;
    switch (event.shiftKey ? "" : event.key) {
      case "ArrowDown":
        setActive((active + 1) % list.length);
        return true;
      case "ArrowUp":
        setActive((active + list.length - 1) % list.length);
        return true;
      case "Escape":
        setDismissed(true);
        return true;
      case "Enter": // A name that was typed to its end is sent like any other message.
        if (command.name === query && sends({ ...pressOf(event), isComposing: false }, enter)) return false;
        choose(command);
        return true;
      case "Tab":
        choose(command);
        return true;
      default:
        return false;
    }
  };
  const shown = list.length > 0;
  return {
    list,
    active: Math.min(active, Math.max(0, list.length - 1)),
    listId,
    point: setActive,
    choose,
    onKey,
    field: {
      onFocus: () => setFocused(true),
      onBlur: () => setFocused(false),
      onCompositionStart: () => setComposing(true),
      onCompositionEnd: () => setComposing(false),
      "aria-autocomplete": commands.length > 0 ? "list" : undefined,
      "aria-haspopup": commands.length > 0 ? "listbox" : undefined,
      "aria-controls": shown ? listId : undefined,
      "aria-activedescendant": shown ? optionId(listId, Math.min(active, list.length - 1)) : undefined,
    },
  };
}

/** optionId is the id of an option of the menu, by which the field names it. */
export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}

/** pressOf takes from an event what decides about a key. */
export function pressOf({ key, keyCode, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent) {
  return { key, keyCode, shiftKey, ctrlKey, metaKey, altKey };
}
