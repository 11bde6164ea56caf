/** Candidate is one address that the page may try, and where it was named. */
export interface Candidate {
  url: string;
  source: "runtime" | "build" | "origin";
}

export interface AddressInput {
  /** The `wsUrl` of GET /api/config: PUBLIC_WS_URL of the server. */
  runtime?: string | null | undefined;
  /** VITE_WS_URL, fixed when the page was built. */
  build?: string | null | undefined;
  /** The page's own location. */
  page: { protocol: string; host: string; hostname: string };
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

/**
 * candidates lists the gateway's addresses in the order in which the page tries them: the run-time setting, the build
 * setting (unless it points at localhost while the page was opened from elsewhere), the page's own origin.
 */
export function candidates({ runtime, build, page }: AddressInput): Candidate[] {
  const found: Candidate[] = [];
  const add = (url: string | undefined, source: Candidate["source"]) => {
    if (url && !found.some((c) => c.url === url)) found.push({ url, source });
  };
  add(webSocketUrl(runtime, page), "runtime");
  const built = webSocketUrl(build, page);
  if (built && !(isLoopback(built) && !LOOPBACK.has(page.hostname))) add(built, "build");
  add(`${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}/ws/agent`, "origin");
  return found;
}

/** preferring puts the address that worked last first and leaves the order of the others. */
export function preferring(list: Candidate[], url: string | undefined): Candidate[] {
  const last = list.find((c) => c.url === url);
  return last ? [last, ...list.filter((c) => c !== last)] : list;
}

/** webSocketUrl normalises http(s) and path-only forms; undefined for what is no address at all. */
function webSocketUrl(value: string | null | undefined, page: AddressInput["page"]): string | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  try {
    const url = new URL(text, `${page.protocol}//${page.host}`);
    url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
    url.hash = "";
    return url.href;
  } catch {
    return undefined;
  }
}

function isLoopback(url: string): boolean {
  return LOOPBACK.has(new URL(url).hostname);
}
