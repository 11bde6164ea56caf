import { describe, expect, it } from "vitest";
import { type DiffLine, diffOf } from "@/tools/diff";

describe("a diff", () => {
  it("counts and numbers the lines on both sides", () => {
    const diff = diffOf("a\nb\nc\n", "a\nB\nc\nd\n");
    expect([diff.added, diff.removed]).toEqual([2, 1]);
    expect(diff.lines).toEqual([
      { kind: "same", text: "a", oldNumber: 1, newNumber: 1 },
      { kind: "removed", text: "b", oldNumber: 2 },
      { kind: "added", text: "B", newNumber: 2 },
      { kind: "same", text: "c", oldNumber: 3, newNumber: 3 },
      { kind: "added", text: "d", newNumber: 4 },
    ]);
  });

  it("shows a new file as added", () => {
    const diff = diffOf("", "x\ny");
    expect(diff.lines.map((l) => [(l as DiffLine).kind, (l as DiffLine).text])).toEqual([
      ["added", "x"],
      ["added", "y"],
    ]);
  });

  it("leaves out unchanged lines far from a change", () => {
    const old = Array.from({ length: 30 }, (_, i) => `line ${i}`).join("\n");
    const diff = diffOf(old, old.replace("line 15", "changed"));
    expect(diff.lines.map((l) => (l.kind === "gap" ? `gap ${l.count}` : l.kind))).toEqual([
      "gap 12",
      ...["same", "same", "same", "removed", "added", "same", "same", "same"],
      "gap 11",
    ]);
  });

  it("is empty for no change", () => {
    expect(diffOf("", "")).toEqual({ lines: [], added: 0, removed: 0, tooBig: false });
  });
});
