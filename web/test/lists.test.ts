import { describe, expect, it } from "vitest";
import type { SessionRow } from "@/api/types";
import { rowsOf } from "@/chat/rows";
import { clock, shortCount } from "@/lib/time";
import { groupsOf } from "@/shell/groups";
import { applyUpdates, EMPTY } from "@/transcript/reducer";

const now = new Date(2026, 5, 15, 12);

function session(id: string, updated: Date, part: Partial<SessionRow> = {}): SessionRow {
  return {
    id,
    title: id,
    cwd: "/w",
    createdAt: updated.toISOString(),
    updatedAt: updated.toISOString(),
    messageCount: 1,
    state: "idle",
    archived: false,
    pinned: false,
    ...part,
  };
}

describe("the session list", () => {
  it("puts what is at work on top, then pinned, then by day", () => {
    const rows = [
      session("today", new Date(2026, 5, 15, 0, 1)),
      session("running", new Date(2026, 5, 1), { state: "running", pinned: true }),
      session("yesterday", new Date(2026, 5, 14, 23, 59)),
      session("older", new Date(2026, 5, 13, 23, 59)),
      session("pinned", new Date(2026, 5, 1), { pinned: true }),
      session("asks", new Date(2026, 5, 1), { state: "requires_action" }),
    ];
    expect(groupsOf(rows, now).map((g) => [g.name, g.rows.map((r) => r.id)])).toEqual([
      ["inProgress", ["running", "asks"]],
      ["pinned", ["pinned"]],
      ["today", ["today"]],
      ["yesterday", ["yesterday"]],
      ["older", ["older"]],
    ]);
  });
});

describe("the rows of a conversation", () => {
  const read = (id: string, status: "completed" | "in_progress" = "completed") => ({
    sessionUpdate: "tool_call" as const,
    toolCallId: id,
    title: id,
    name: "Read",
    status,
  });

  it("fold three or more finished calls of a family", () => {
    const folded = rowsOf(
      applyUpdates(
        EMPTY,
        ["1", "2", "3"].map((id) => read(id)),
      ),
    );
    expect(folded.map((r) => r.kind)).toEqual(["group"]);
    expect(
      rowsOf(
        applyUpdates(
          EMPTY,
          ["1", "2"].map((id) => read(id)),
        ),
      ).map((r) => r.kind),
    ).toEqual(["item", "item"]);
  });

  it("do not fold what still runs", () => {
    const updates = [read("1"), read("2"), read("3", "in_progress")];
    expect(rowsOf(applyUpdates(EMPTY, updates)).map((r) => r.kind)).toEqual(["item", "item", "item"]);
  });

  it("leave out messages without content", () => {
    const empty = { type: "text" as const, text: "" };
    const state = applyUpdates(EMPTY, [{ sessionUpdate: "agent_message_chunk", messageId: "a", content: empty }]);
    expect(rowsOf(state)).toEqual([]);
  });
});

describe("figures", () => {
  it.each([
    [5, "5s"],
    [65, "1:05"],
    [3723, "1:02:03"],
  ])("%i seconds are %s", (seconds, text) => {
    expect(clock(seconds)).toBe(text);
  });

  it.each([
    [999, "999"],
    [84213, "84k"],
    [1_200_000, "1.2M"],
  ])("%i tokens are %s", (n, text) => {
    expect(shortCount(n)).toBe(text);
  });
});
