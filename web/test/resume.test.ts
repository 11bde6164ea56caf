import { describe, expect, it } from "vitest";
import type { SessionUpdate } from "@/acp/types";
import { applyUpdates, dropAfterCursor, EMPTY } from "@/transcript/reducer";
import type { Transcript } from "@/transcript/types";

/** Step is what the server does next: it streams something, or it writes a record and tells what became durable. */
type Step =
  | { stream: SessionUpdate; flight: { key: string; whole: SessionUpdate } }
  | { record: string; live: SessionUpdate[]; replay: SessionUpdate[]; ends: string[] };

const at = "2026-01-02T03:04:05.000Z";

function stamped(updates: SessionUpdate[], cursor: string): SessionUpdate[] {
  return updates.map((update, index) => ({
    ...update,
    _meta: {
      ...update._meta,
      "agentchat/timestamp": at,
      ...(index === updates.length - 1 && { "agentchat/cursor": cursor }),
    },
  }));
}

function record(id: string, live: SessionUpdate[], replay: SessionUpdate[], ends: string[] = []): Step {
  return { record: id, live: stamped(live, id), replay: stamped(replay, id), ends };
}

function message(
  kind: "agent_message_chunk" | "agent_thought_chunk",
  id: string,
  text: string,
  cursor: string,
): Step[] {
  const piece = (t: string): SessionUpdate => ({
    sessionUpdate: kind,
    messageId: id,
    content: { type: "text", text: t },
  });
  const steps: Step[] = [];
  for (let i = 0; i < text.length; i += 3) {
    const whole = piece(text.slice(0, i + 3));
    steps.push({ stream: piece(text.slice(i, i + 3)), flight: { key: id, whole } });
  }
  // Live, the text is there already: the record only adds the cursor.
  return [...steps, record(cursor, [piece("")], [piece(text)], [id])];
}

function toolCall(id: string, from: string, to: string): Step[] {
  const call: SessionUpdate = {
    sessionUpdate: "tool_call",
    toolCallId: id,
    title: "ls",
    name: "Bash",
    status: "pending",
    rawInput: { command: "ls" },
  };
  const progress = (text: string): SessionUpdate => ({
    sessionUpdate: "tool_call_update",
    toolCallId: id,
    status: "in_progress",
    content: [{ type: "content", content: { type: "text", text } }],
  });
  const result: SessionUpdate = {
    sessionUpdate: "tool_call_update",
    toolCallId: id,
    status: "completed",
    content: [{ type: "content", content: { type: "text", text: "a\nb" } }],
    rawOutput: { stdout: "a\nb" },
  };
  const stream = (update: SessionUpdate): Step => ({ stream: update, flight: { key: id, whole: update } });
  return [
    stream({ ...call, rawInput: undefined, title: "Bash" }),
    record(from, [call], [call], [id]),
    stream(progress("a")),
    stream(progress("a\nb")),
    record(to, [result], [result], [id]),
  ];
}

function todo(cursor: string): Step {
  const call: SessionUpdate = { sessionUpdate: "tool_call", toolCallId: "todo", title: "t", name: "TodoWrite" };
  const plan: SessionUpdate = {
    sessionUpdate: "plan",
    entries: [{ content: "one", priority: "medium", status: "in_progress" }],
  };
  return record(cursor, [call, plan], [call, plan]);
}

function prompt(text: string, cursor: string): Step {
  const update: SessionUpdate = {
    sessionUpdate: "user_message_chunk",
    messageId: `u${cursor}`,
    content: { type: "text", text },
    _meta: { "agentchat/promptId": `p${cursor}` },
  };
  return record(cursor, [update], [update]);
}

/** interleave puts a step in the middle of others, as when a title is found while an answer streams. */
function interleave(steps: Step[], index: number, step: Step): Step[] {
  return [...steps.slice(0, index), step, ...steps.slice(index)];
}

const title = record(
  "c3t",
  [{ sessionUpdate: "session_info_update", title: "Listing" }],
  [{ sessionUpdate: "session_info_update", title: "Listing" }],
);
const interrupted = record(
  "c9",
  [{ sessionUpdate: "session_info_update", _meta: { "agentchat/interrupted": true } }],
  [{ sessionUpdate: "session_info_update", _meta: { "agentchat/interrupted": true } }],
);

const SCRIPT: Step[] = [
  prompt("list the files", "c1"),
  ...message("agent_thought_chunk", "t1", "They want ls.", "c2"),
  ...interleave(message("agent_message_chunk", "a1", "Let me look around.", "c3"), 3, title),
  ...toolCall("call1", "c4", "c5"),
  todo("c6"),
  ...message("agent_message_chunk", "a2", "There is `a` and `b`.", "c7"),
  prompt("stop", "c8"),
  interrupted,
];

/** Server keeps what the real one keeps: the records, and what is in flight. */
class Server {
  records: Extract<Step, { record: string }>[] = [];
  flight = new Map<string, SessionUpdate>();

  take(step: Step): SessionUpdate[] {
    if ("stream" in step) {
      this.flight.set(step.flight.key, step.flight.whole);
      return [step.stream];
    }
    this.records.push(step);
    for (const key of step.ends) this.flight.delete(key);
    return step.live;
  }

  after(cursor: string | undefined): SessionUpdate[] {
    const index = this.records.findIndex((r) => r.record === cursor);
    return [...this.records.slice(index + 1).flatMap((r) => r.replay), ...this.flight.values()];
  }
}

function visible({ order, items, plan, title: name, cursor }: Transcript) {
  return { items: order.map((id) => items.get(id)), plan, title: name, cursor };
}

const wanted = visible(
  applyUpdates(
    EMPTY,
    SCRIPT.flatMap((step) => ("record" in step ? step.replay : [])),
  ),
);

describe("cut and resume", () => {
  it("gives the same live as from the file", () => {
    const server = new Server();
    let state = EMPTY;
    for (const step of SCRIPT) state = applyUpdates(state, server.take(step));
    expect(visible(state)).toEqual(wanted);
  });

  for (let cut = 0; cut <= SCRIPT.length; cut++) {
    for (const away of [0, 1, 4]) {
      it(`gives the same when cut after step ${cut}, ${away} steps missed`, () => {
        const server = new Server();
        let state = EMPTY;
        SCRIPT.forEach((step, index) => {
          const updates = server.take(step);
          const online = index < cut || index >= cut + away;
          if (index === cut + away) state = applyUpdates(dropAfterCursor(state), server.after(state.cursor));
          else if (online) state = applyUpdates(state, updates);
        });
        if (cut + away >= SCRIPT.length) state = applyUpdates(dropAfterCursor(state), server.after(state.cursor));
        expect(visible(state)).toEqual(wanted);
      });
    }
  }

  it("gives the same when cut within a record, before its cursor", () => {
    const server = new Server();
    let state = EMPTY;
    for (const step of SCRIPT) {
      const updates = server.take(step);
      for (let keep = 0; keep < updates.length; keep++) {
        const half = applyUpdates(state, updates.slice(0, keep));
        const resumed = applyUpdates(dropAfterCursor(half), server.after(half.cursor));
        const whole = applyUpdates(state, updates);
        expect(visible(resumed).items).toEqual(visible(whole).items);
      }
      state = applyUpdates(state, updates);
    }
  });

  it("gives the same in one call or in many", () => {
    const updates = SCRIPT.flatMap((step) => ("record" in step ? step.live : [step.stream]));
    let state = EMPTY;
    for (const update of updates) state = applyUpdates(state, [update]);
    expect(state).toEqual(applyUpdates(EMPTY, updates));
  });
});
