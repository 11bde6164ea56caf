const LIVE = new Set(["http:", "https:", "mailto:"]);

/**
 * safeHref returns an address that may become a live link, and undefined for everything else: scripts, data, files,
 * other programs' schemes, and relative addresses, which would lead into this application.
 */
export function safeHref(url: string): string | undefined {
  try {
    const parsed = new URL(url);
    return LIVE.has(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}
