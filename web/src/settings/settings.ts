import { useSyncExternalStore } from "react";

export interface Settings {
  theme: "system" | "light" | "dark";
  /** Empty means the browser's language. */
  language: "" | "en" | "zh-CN";
  /** What sends: Enter, or Enter with ⌘ or Ctrl. */
  enter: "send" | "newline";
  thinkingFolded: boolean;
}

const KEY = "settings";
const DEFAULTS: Settings = { theme: "system", language: "", enter: "send", thinkingFolded: true };

let current = read();
const listeners = new Set<() => void>();

export function getSettings(): Settings {
  return current;
}

export function updateSettings(part: Partial<Settings>) {
  current = { ...current, ...part };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Storage is full or switched off: the choice holds until the page is closed.
  }
  applyTheme();
  for (const listener of listeners) listener();
}

export function subscribeSettings(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function useSettings(): Settings {
  return useSyncExternalStore(subscribeSettings, getSettings);
}

/** isDark says which theme is in force now. */
export function isDark(): boolean {
  if (current.theme !== "system") return current.theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** applyTheme puts the theme on the document; call it once at start to follow the system from then on. */
export function applyTheme() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
}

export function followSystemTheme() {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
}

function read(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>) };
  } catch {
    return DEFAULTS;
  }
}
