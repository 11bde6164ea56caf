import { describe, expect, it } from "vitest";
import { isComposing, type KeyPress, sends } from "@/lib/keys";

const enter: KeyPress = {
  key: "Enter",
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
};

describe("the Enter key", () => {
  it("sends, and with Shift it does not", () => {
    expect(sends(enter, "send")).toBe(true);
    expect(sends({ ...enter, shiftKey: true }, "send")).toBe(false);
  });

  it("begins a line when the person chose so, and sends with the command key", () => {
    expect(sends(enter, "newline")).toBe(false);
    expect(sends({ ...enter, metaKey: true }, "newline")).toBe(true);
    expect(sends({ ...enter, ctrlKey: true }, "newline")).toBe(true);
  });

  it.each(["send", "newline"] as const)("never sends while an input method composes (%s)", (setting) => {
    for (const held of [{ isComposing: true }, { keyCode: 229 }]) {
      expect(isComposing({ ...enter, ...held })).toBe(true);
      expect(sends({ ...enter, ...held }, setting)).toBe(false);
      expect(sends({ ...enter, ...held, ctrlKey: true }, setting)).toBe(false);
    }
  });

  it("is the only key that sends", () => {
    expect(sends({ ...enter, key: "a" }, "send")).toBe(false);
  });
});
