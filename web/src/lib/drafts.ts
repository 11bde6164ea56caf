const PREFIX = "draft:";

/** readDraft returns what the person had typed in a session and not sent. */
export function readDraft(key: string): string {
  try {
    return localStorage.getItem(PREFIX + key) ?? "";
  } catch {
    return "";
  }
}

/** writeDraft keeps it; an empty text removes it. */
export function writeDraft(key: string, text: string) {
  try {
    if (text) localStorage.setItem(PREFIX + key, text);
    else localStorage.removeItem(PREFIX + key);
  } catch {
    // Without storage a draft lives as long as the page.
  }
}
