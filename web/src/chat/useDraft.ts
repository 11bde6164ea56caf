import { useEffect, useState } from "react";
import { readDraft, writeDraft } from "@/lib/drafts";

const listeners = new Set<(key: string, text: string) => void>();

/** setDraft puts a text into a composer from outside: a waiting message that is edited, an idea that was chosen. */
export function setDraft(key: string, text: string) {
  writeDraft(key, text);
  for (const listener of listeners) listener(key, text);
}

/** addToDraft puts a text before what is being written, of which nothing is lost. */
export function addToDraft(key: string, text: string) {
  setDraft(key, [text, readDraft(key)].filter(Boolean).join("\n\n"));
}

/** useDraft is a text that is kept for each session until it is sent. */
export function useDraft(key: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => readDraft(key));
  useEffect(() => {
    setText(readDraft(key));
    const listener = (changed: string, value: string) => {
      if (changed === key) setText(value);
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, [key]);
  const change = (value: string) => {
    setText(value);
    writeDraft(key, value);
  };
  return [text, change];
}
