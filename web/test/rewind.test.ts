// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionUpdate } from "@/acp/types";
import type { MessagePage } from "@/api/types";
import { Hub } from "@/session/hub";
import type { SessionStore } from "@/session/store";

interface Frame {
  id?: number;
  method?: string;
  params?: { sessionId?: string; messageId?: string; promptId?: string };
}

/** Gateway answers as the real one does, with a conversation that a test can change. */
class Gateway {
  static now: Gateway;
  readonly OPEN = 1;
  readyState = 0;
  sent: Frame[] = [];
  onopen?: () => void;
  onclose?: () => void;
  onmessage?: (event: { data: string }) => void;

  constructor() {
    Gateway.now = this;
    queueMicrotask(() => {
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(text: string) {
    const frame = JSON.parse(text) as Frame;
    this.sent.push(frame);
    if (frame.id === undefined) return;
    const results: Record<string, unknown> = {
      initialize: { protocolVersion: 1, agentCapabilities: {} },
      "session/resume": { _meta: { "agentchat/replay": "complete", "agentchat/state": "idle" } },
      "_agentchat/rewind": { text: "second" },
    };
    const method = frame.method ?? "";
    if (method === "session/prompt") return; // It stays on its way.
    this.receive({ id: frame.id, result: results[method] ?? {} });
  }

  receive(message: object) {
    this.onmessage?.({ data: JSON.stringify({ jsonrpc: "2.0", ...message }) });
  }

  close() {
    this.readyState = 3;
  }
}

const message = (id: string, text: string): SessionUpdate => ({
  sessionUpdate: "user_message_chunk",
  messageId: id,
  content: { type: "text", text },
  _meta: { "agentchat/cursor": `c-${id}`, "agentchat/timestamp": "2026-01-02T03:04:05Z" },
});

let items: SessionUpdate[];
let hub: Hub;
let store: SessionStore;
const readPage = vi.fn(async (): Promise<MessagePage> => ({ items }) as MessagePage);

const order = () => store.view.transcript.order;
const sentMethods = () => Gateway.now.sent.map((f) => f.method);

beforeEach(async () => {
  vi.stubGlobal("WebSocket", Gateway);
  items = [message("u1", "first"), message("u2", "second")];
  readPage.mockReset();
  hub = new Hub({ readPage, candidates: async () => [{ url: "ws://a/", source: "origin" }], ticket: async () => "t" });
  hub.link.start();
  store = hub.open("s", "/w");
  await vi.waitFor(() => expect(store.view.phase).toBe("ready"));
});

afterEach(() => {
  hub.link.stop();
  vi.unstubAllGlobals();
});

describe("going back", () => {
  it("asks for the message and gives its text", async () => {
    expect(await hub.goBack(store, "u2", true)).toBe("second");
    const asked = Gateway.now.sent.find((f) => f.method === "_agentchat/rewind");
    expect(asked?.params).toEqual({ sessionId: "s", messageId: "u2", files: true });
  });

  it("drops everything and reads the conversation afresh", async () => {
    expect(order()).toEqual(["u1", "u2"]);
    hub.prompt(store, [{ type: "text", text: "on its way" }]);
    store.setRun({ state: "idle", error: "It failed." });
    items = [message("u1", "first")];
    Gateway.now.receive({ method: "_agentchat/rewound", params: { sessionId: "s" } });
    await vi.waitFor(() => expect(order()).toEqual(["u1"]));
    await vi.waitFor(() => expect(store.view.phase).toBe("ready"));
    expect(store.view.outbox).toEqual([]);
    expect(store.view.run).toEqual({ state: "idle" });
    expect(sentMethods().filter((m) => m === "session/resume")).toHaveLength(2);
  });

  it("loads what has no history left", async () => {
    items = [];
    Gateway.now.receive({ method: "_agentchat/rewound", params: { sessionId: "s" } });
    await vi.waitFor(() => expect(sentMethods()).toContain("session/load"));
    expect(order()).toEqual([]);
  });

  it("reads one after the other when it happens twice, so that nothing is there twice", async () => {
    const before = readPage.mock.calls.length;
    const gates: (() => void)[] = [];
    readPage.mockImplementation(() => new Promise((done) => gates.push(() => done({ items } as MessagePage))));
    for (let i = 0; i < 2; i++) Gateway.now.receive({ method: "_agentchat/rewound", params: { sessionId: "s" } });
    await vi.waitFor(() => expect(gates).toHaveLength(1));
    gates[0]?.();
    await vi.waitFor(() => expect(gates).toHaveLength(2));
    expect(sentMethods().filter((m) => m === "session/resume")).toHaveLength(2);
    gates[1]?.();
    await vi.waitFor(() => expect(sentMethods().filter((m) => m === "session/resume")).toHaveLength(3));
    expect(readPage.mock.calls.length - before).toBe(2);
    expect(order()).toEqual(["u1", "u2"]);
  });

  it("is no business of sessions that are not open here", async () => {
    Gateway.now.receive({ method: "_agentchat/rewound", params: { sessionId: "other" } });
    await new Promise((next) => setTimeout(next));
    expect(readPage).toHaveBeenCalledOnce();
  });
});

it("a waiting prompt is sent into the turn by its id", async () => {
  await hub.sendQueued(store, "p1");
  expect(Gateway.now.sent.at(-1)).toMatchObject({
    method: "_agentchat/queue/send",
    params: { sessionId: "s", promptId: "p1" },
  });
});
