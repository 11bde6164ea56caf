import { describe, expect, it } from "vitest";
import type { SessionUpdate } from "@/acp/types";
import { applyUpdates, dropAfterCursor, EMPTY } from "@/transcript/reducer";
import type { Item, MessageItem, ToolItem, Transcript } from "@/transcript/types";

type Chunk = "user_message_chunk" | "agent_message_chunk" | "agent_thought_chunk";

function chunk(
  kind: Chunk,
  messageId: string | undefined,
  text: string,
  meta?: Record<string, unknown>,
): SessionUpdate {
  return {
    sessionUpdate: kind,
    content: { type: "text", text },
    ...(messageId !== undefined && { messageId }),
    ...(meta && { _meta: meta }),
  };
}

const at = "2026-01-02T03:04:05.000Z";
const durable = (cursor: string) => ({ "agentchat/cursor": cursor, "agentchat/timestamp": at });

function fold(...updates: SessionUpdate[]): Transcript {
  return applyUpdates(EMPTY, updates, 0);
}

function list(state: Transcript): Item[] {
  return state.order.map((id) => state.items.get(id) as Item);
}

describe("messages", () => {
  it("appends chunks of one message and keeps messages apart", () => {
    const state = fold(
      chunk("agent_message_chunk", "a", "Hel"),
      chunk("agent_message_chunk", "a", "lo"),
      chunk("agent_message_chunk", "b", "World"),
    );
    expect(list(state).map((i) => (i as MessageItem).text)).toEqual(["Hello", "World"]);
  });

  it("continues a message that another one has come after", () => {
    const state = fold(
      chunk("agent_thought_chunk", "t", "hm"),
      chunk("agent_message_chunk", "a", "A"),
      chunk("agent_thought_chunk", "t", "m"),
    );
    expect(list(state).map((i) => (i as MessageItem).text)).toEqual(["hmm", "A"]);
    expect(state.order).toEqual(["t", "a"]);
  });

  it("joins neighbours without an id, and begins anew after another kind", () => {
    const state = fold(
      chunk("agent_message_chunk", undefined, "a"),
      chunk("agent_message_chunk", undefined, "b"),
      chunk("user_message_chunk", undefined, "c"),
      chunk("agent_message_chunk", undefined, "d"),
    );
    expect(list(state).map((i) => (i as MessageItem).text)).toEqual(["ab", "c", "d"]);
  });

  it("keeps images beside the text, and the prompt's id and time", () => {
    const image = { type: "image", data: "AA==", mimeType: "image/png" } as const;
    const state = fold(
      { sessionUpdate: "user_message_chunk", messageId: "u", content: image },
      chunk("user_message_chunk", "u", "look", { "agentchat/promptId": "p1", "agentchat/timestamp": at }),
    );
    expect(list(state)).toEqual([
      { kind: "message", id: "u", role: "user", text: "look", extras: [image], at, promptId: "p1", error: undefined },
    ]);
  });

  it("marks an error", () => {
    const state = fold(chunk("agent_message_chunk", "e", "Overloaded.", { "agentchat/error": true }));
    expect((list(state)[0] as MessageItem).error).toBe(true);
  });
});

describe("tool calls", () => {
  const call: SessionUpdate = {
    sessionUpdate: "tool_call",
    toolCallId: "1",
    title: "ls",
    name: "Bash",
    kind: "execute",
    status: "pending",
    rawInput: { command: "ls" },
  };
  const tool = (state: Transcript) => state.items.get("tool:1") as ToolItem;

  it("merges updates into the call and leaves what they do not name", () => {
    const state = fold(call, { sessionUpdate: "tool_call_update", toolCallId: "1", status: "in_progress" });
    expect(tool(state)).toMatchObject({ name: "Bash", title: "ls", status: "in_progress", input: { command: "ls" } });
  });

  it("replaces content by what an update names, also by nothing", () => {
    const content = [{ type: "content" as const, content: { type: "text" as const, text: "x" } }];
    const shown = applyUpdates(fold(call), [{ sessionUpdate: "tool_call_update", toolCallId: "1", content }]);
    expect(tool(shown).content).toEqual(content);
    const kept = applyUpdates(shown, [{ sessionUpdate: "tool_call_update", toolCallId: "1", status: "completed" }]);
    expect(tool(kept).content).toEqual(content);
    const gone = applyUpdates(shown, [{ sessionUpdate: "tool_call_update", toolCallId: "1", content: [] }]);
    expect(tool(gone).content).toEqual([]);
  });

  it("takes a call that is sent whole again in the place of the old one", () => {
    const state = fold(call, chunk("agent_message_chunk", "m", "x"), {
      ...call,
      title: "ls -l",
      status: "in_progress",
    });
    expect(state.order).toEqual(["tool:1", "m"]);
    expect(tool(state)).toMatchObject({ title: "ls -l", status: "in_progress" });
  });

  it("makes a call of an update that comes without one", () => {
    const state = fold({ sessionUpdate: "tool_call_update", toolCallId: "1", title: "x", status: "failed" });
    expect(tool(state)).toMatchObject({ title: "x", status: "failed" });
  });

  it("reads the tool's name and boundary from the additions", () => {
    const state = fold({
      sessionUpdate: "tool_call",
      toolCallId: "1",
      title: "t",
      _meta: { "agentchat/toolName": "Grep", "agentchat/boundary": "landlock" },
    });
    expect(tool(state)).toMatchObject({ name: "Grep", boundary: "landlock" });
  });

  it("keeps a tool call and a message of the same id apart", () => {
    const state = fold(call, chunk("agent_message_chunk", "1", "text"));
    expect(state.order).toEqual(["tool:1", "1"]);
  });
});

describe("the rest", () => {
  it("takes plan, usage, mode, options, title and commands", () => {
    const entries = [{ content: "a", priority: "high" as const, status: "pending" as const }];
    const state = fold(
      { sessionUpdate: "plan", entries },
      { sessionUpdate: "usage_update", used: 10, size: 100 },
      { sessionUpdate: "current_mode_update", currentModeId: "plan" },
      { sessionUpdate: "config_option_update", configOptions: [] },
      { sessionUpdate: "session_info_update", title: "Name" },
      { sessionUpdate: "available_commands_update", availableCommands: [{ name: "x", description: "y" }] },
    );
    expect(state).toMatchObject({
      plan: entries,
      usage: { used: 10, size: 100 },
      mode: "plan",
      configOptions: [],
      title: "Name",
      commands: [{ name: "x", description: "y" }],
      order: [],
    });
  });

  it("shows an interruption once, also when it is sent again", () => {
    const mark: SessionUpdate = {
      sessionUpdate: "session_info_update",
      _meta: { "agentchat/interrupted": true, ...durable("c9") },
    };
    expect(list(fold(mark, mark)).map((i) => i.kind)).toEqual(["interrupted"]);
  });

  it("shows the end of a task as a notice, once", () => {
    const end: SessionUpdate = {
      sessionUpdate: "session_info_update",
      _meta: { "agentchat/task": { id: "a1", status: "failed", summary: "Agent failed" }, ...durable("c9") },
    };
    const [item, ...more] = list(fold(end, end));
    expect(item).toMatchObject({ kind: "notice", severity: "warning", title: "Agent failed" });
    expect(more).toEqual([]);
  });

  it("counts down to a retry until the model answers", () => {
    const notice: SessionUpdate = {
      sessionUpdate: "notice",
      severity: "warning",
      title: "busy",
      _meta: { "agentchat/retry": { attempt: 2, max: 5, delayMs: 4000 } },
    };
    const waits = applyUpdates(EMPTY, [notice], 1000);
    expect(waits.retry).toEqual({ title: "busy", attempt: 2, max: 5, at: 5000 });
    expect(waits.order).toEqual([]);
    expect(applyUpdates(waits, [chunk("agent_message_chunk", "a", "x")]).retry).toBeUndefined();
  });

  it("shows any other notice", () => {
    const state = fold({ sessionUpdate: "notice", severity: "info", title: "Hello" });
    expect(list(state)).toMatchObject([{ kind: "notice", title: "Hello" }]);
  });

  it("ignores kinds that it does not know", () => {
    const state = fold({ sessionUpdate: "brand_new_kind" } as unknown as SessionUpdate);
    expect(state).toEqual(EMPTY);
  });

  it("never changes a transcript in place", () => {
    const before = fold(chunk("agent_message_chunk", "a", "x", durable("c1")));
    const copy = structuredClone(before);
    applyUpdates(before, [chunk("agent_message_chunk", "a", "y"), { sessionUpdate: "plan", entries: [] }]);
    expect(before).toEqual(copy);
  });
});

describe("what is durable", () => {
  it("does not keep half a message because another record came in between", () => {
    const state = fold(
      chunk("agent_message_chunk", "a", "half"),
      { sessionUpdate: "session_info_update", title: "T", _meta: durable("c1") },
      chunk("agent_message_chunk", "a", " done"),
    );
    const cut = dropAfterCursor(state);
    expect(cut.order).toEqual([]);
    expect(cut.cursor).toBe("c1");
  });

  it("goes back to a tool call as it was on record", () => {
    const state = fold(
      { sessionUpdate: "tool_call", toolCallId: "1", title: "t", status: "pending", _meta: durable("c1") },
      { sessionUpdate: "tool_call_update", toolCallId: "1", status: "in_progress" },
    );
    expect((dropAfterCursor(state).items.get("tool:1") as ToolItem).status).toBe("pending");
  });

  it("keeps a call whose record ends with its plan", () => {
    const entries = [{ content: "a", priority: "high" as const, status: "pending" as const }];
    const state = fold(
      { sessionUpdate: "tool_call", toolCallId: "1", title: "t", _meta: { "agentchat/timestamp": at } },
      { sessionUpdate: "plan", entries, _meta: durable("c1") },
    );
    const cut = dropAfterCursor(state);
    expect(cut.order).toEqual(["tool:1"]);
    expect(cut.plan).toEqual(entries);
  });
});
