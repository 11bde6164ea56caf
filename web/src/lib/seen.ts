import { useSyncExternalStore } from "react";

const KEY = "unread";
const listeners = new Set<() => void>();
let unread: ReadonlySet<string> = read();

/** markUnread notes that a session has an answer that nobody has looked at. */
export function markUnread(id: string) {
  if (!unread.has(id)) write(new Set([...unread, id]));
}

export function markRead(id: string) {
  if (!unread.has(id)) return;
  write(new Set([...unread].filter((other) => other !== id)));
}

export function useUnread(): ReadonlySet<string> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => unread,
  );
}

function write(next: ReadonlySet<string>) {
  unread = next;
  try {
    localStorage.setItem(KEY, JSON.stringify([...next].slice(-500)));
  } catch {
    // Marks are a convenience: without storage they last as long as the page.
  }
  for (const listener of listeners) listener();
}

function read(): ReadonlySet<string> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(value) ? value.filter((v) => typeof v === "string") : []);
  } catch {
    return new Set();
  }
}
