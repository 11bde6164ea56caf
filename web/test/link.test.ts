// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Candidate } from "@/acp/address";
import { Link, type LinkHandlers, SignedOut } from "@/acp/link";
import type { UpdateNotice } from "@/acp/types";

/** FakeSocket stands for the browser's WebSocket: what it does on the network is decided by the test. */
class FakeSocket {
  static made: FakeSocket[] = [];
  static refuse = new Set<string>();
  readonly OPEN = 1;
  readyState = 0;
  sent: { id?: number; method?: string }[] = [];
  onopen?: () => void;
  onclose?: (event: { code: number; reason: string }) => void;
  onmessage?: (event: { data: string }) => void;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.made.push(this);
    queueMicrotask(() => {
      if (FakeSocket.refuse.has(url)) return this.drop(1006);
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(text: string) {
    const message = JSON.parse(text) as { id?: number; method?: string };
    this.sent.push(message);
    if (message.method === "initialize") {
      this.receive({ jsonrpc: "2.0", id: message.id, result: { protocolVersion: 1, agentCapabilities: {} } });
    }
  }

  receive(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  close() {
    if (this.readyState < 2) this.drop(1000);
  }

  drop(code: number) {
    this.readyState = 3;
    this.onclose?.({ code, reason: "" });
  }
}

const A: Candidate = { url: "ws://a/", source: "build" };
const B: Candidate = { url: "ws://b/", source: "origin" };

function newLink(part: Partial<LinkHandlers> = {}, ticket: () => Promise<string | undefined> = async () => "t1") {
  const handlers: LinkHandlers = {
    onUpdate: vi.fn(),
    onRunState: vi.fn(),
    onQueue: vi.fn(),
    onRewound: vi.fn(),
    onPermission: vi.fn(),
    onOpen: vi.fn(),
    onClosed: vi.fn(),
    ...part,
  };
  const link = new Link({ candidates: async () => [A, B], ticket, handlers });
  return { link, handlers };
}

async function opened(link: Link) {
  await vi.waitFor(() => expect(link.state.phase).toBe("open"));
}

let link: Link | undefined;

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  vi.spyOn(Math, "random").mockReturnValue(1);
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.made = [];
  FakeSocket.refuse.clear();
});

afterEach(() => {
  link?.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("connecting", () => {
  it("offers a ticket, says what the page can do, and opens", async () => {
    const made = newLink();
    link = made.link;
    link.start();
    await opened(link);
    const [socket] = FakeSocket.made;
    expect(socket?.protocols).toEqual(["acp.v1", "ticket.t1"]);
    expect(socket?.sent[0]).toMatchObject({
      method: "initialize",
      params: { clientCapabilities: { session: { notices: {} }, _meta: { "agentchat/echo": true } } },
    });
    expect(made.handlers.onOpen).toHaveBeenCalledOnce();
    expect(link.detour).toBeUndefined();
  });

  it("tries the next address and says which one failed", async () => {
    FakeSocket.refuse.add(A.url);
    const made = newLink();
    link = made.link;
    link.start();
    await opened(link);
    expect(link.detour).toEqual({ failed: [{ url: A.url, reason: "refused" }], url: B.url });
  });

  it("comes back to the address that worked", async () => {
    FakeSocket.refuse.add(A.url);
    link = newLink().link;
    link.start();
    await opened(link);
    FakeSocket.made.at(-1)?.drop(1006);
    await opened(link);
    expect(FakeSocket.made.map((s) => s.url)).toEqual([A.url, B.url, B.url]);
  });

  it("goes to sign-in when the server does not know the person", async () => {
    link = newLink({}, () => Promise.reject(new SignedOut())).link;
    link.start();
    await vi.waitFor(() => expect(link?.state.phase).toBe("signed-out"));
    expect(FakeSocket.made).toEqual([]);
  });

  it("uses the cookie alone when there is no ticket", async () => {
    link = newLink({}, async () => undefined).link;
    link.start();
    await opened(link);
    expect(FakeSocket.made[0]?.protocols).toEqual(["acp.v1"]);
  });
});

describe("after a close", () => {
  async function closedWith(code: number) {
    const made = newLink();
    link = made.link;
    link.start();
    await opened(link);
    FakeSocket.made.at(-1)?.drop(code);
    return made;
  }

  it("comes back at once after a drop", async () => {
    const { link: l, handlers } = await closedWith(1006);
    expect(l.state.phase).toBe("connecting");
    await opened(l);
    expect(handlers.onOpen).toHaveBeenCalledTimes(2);
    expect(handlers.onClosed).toHaveBeenCalledOnce();
  });

  it("waits when the server restarts", async () => {
    const { link: l } = await closedWith(1012);
    expect(l.state).toMatchObject({ phase: "waiting", reason: "restart" });
    await vi.advanceTimersByTimeAsync(1100);
    await opened(l);
  });

  it("does not come back after a sign-out", async () => {
    const { link: l } = await closedWith(4401);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(l.state.phase).toBe("signed-out");
    expect(FakeSocket.made).toHaveLength(1);
  });

  it("comes back only by hand when there are too many connections", async () => {
    const { link: l } = await closedWith(4429);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(l.state.phase).toBe("refused");
    l.retryNow();
    await opened(l);
  });

  it("waits longer each time while no address answers", async () => {
    const { link: l } = await closedWith(1012);
    FakeSocket.refuse.add(A.url).add(B.url);
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(40_000);
      if (l.state.phase === "waiting") waits.push(l.state.retryAt - Date.now());
    }
    expect(FakeSocket.made.length).toBeGreaterThan(6);
    expect(FakeSocket.made.length).toBeLessThan(30);
    expect(l.state.phase).toBe("waiting");
  });

  it("does not try while the page is hidden, and does when it is shown", async () => {
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    const { link: l } = await closedWith(1006);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(FakeSocket.made).toHaveLength(1);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    await opened(l);
  });

  it("notices a server that fell silent", async () => {
    const made = newLink();
    link = made.link;
    link.start();
    await opened(link);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(FakeSocket.made[0]?.sent.some((m) => m.method === "_agentchat/ping")).toBe(true);
    await vi.advanceTimersByTimeAsync(25_000);
    await vi.waitFor(() => expect(FakeSocket.made).toHaveLength(2));
  });
});

describe("what arrives", () => {
  it("hands updates over before the answer that follows them", async () => {
    const seen: string[] = [];
    const onUpdate = ({ update }: UpdateNotice) => seen.push(update.sessionUpdate);
    link = newLink({ onUpdate }).link;
    link.start();
    await opened(link);
    const [socket] = FakeSocket.made;
    const answer = link.request("session/load", {}).then(() => seen.push("answer"));
    await vi.waitFor(() => expect(socket?.sent).toHaveLength(2));
    const update = { sessionUpdate: "plan", entries: [] };
    const notice = { jsonrpc: "2.0", method: "session/update", params: { sessionId: "s", update } };
    socket?.receive(notice);
    socket?.receive(notice);
    socket?.receive({ jsonrpc: "2.0", id: socket.sent[1]?.id, result: {} });
    await answer;
    expect(seen).toEqual(["plan", "plan", "answer"]);
  });

  it("asks for a permission, and withdraws it when the server cancels", async () => {
    let withdrawn = false;
    const onPermission: LinkHandlers["onPermission"] = (_request, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          withdrawn = true;
          resolve({ outcome: { outcome: "cancelled" } });
        });
      });
    link = newLink({ onPermission }).link;
    link.start();
    await opened(link);
    const [socket] = FakeSocket.made;
    const params = { sessionId: "s", toolCall: { toolCallId: "1" }, options: [] };
    socket?.receive({ jsonrpc: "2.0", id: 7, method: "session/request_permission", params });
    await vi.advanceTimersByTimeAsync(1);
    socket?.receive({ jsonrpc: "2.0", method: "$/cancel_request", params: { requestId: 7 } });
    await vi.waitFor(() => expect(withdrawn).toBe(true));
  });

  it("passes by frames that are no messages", async () => {
    const made = newLink();
    link = made.link;
    link.start();
    await opened(link);
    for (const data of ["", "nonsense", "[]", "1", "null"]) FakeSocket.made[0]?.onmessage?.({ data });
    expect(link.state.phase).toBe("open");
  });
});
