import { describe, expect, it } from "vitest";
import { hidesAnything, plainOutput, visibleParts } from "@/lib/visible";

describe("what a permission card shows", () => {
  it.each([
    ["\u202e", "⟨U+202E⟩"],
    ["\u2066", "⟨U+2066⟩"],
    ["\u200b", "⟨U+200B⟩"],
    ["\u0000", "⟨U+0000⟩"],
    ["\u001b", "⟨U+001B⟩"],
    ["\r", "⟨U+000D⟩"],
    ["\u2028", "⟨U+2028⟩"],
    ["\ufeff", "⟨U+FEFF⟩"],
    ["\u{e0041}", "⟨U+E0041⟩"],
  ])("names the unseen character %j", (char, name) => {
    expect(visibleParts(`a${char}b`)).toEqual([
      { text: "a", hidden: false },
      { text: name, hidden: true },
      { text: "b", hidden: false },
    ]);
    expect(hidesAnything({ command: [`a${char}b`] })).toBe(true);
  });

  it("leaves ordinary text of any language as it is", () => {
    const text = "ls -la 'Ünï' 文件\n\tnext\u3000line é";
    expect(visibleParts(text)).toEqual([{ text, hidden: false }]);
    expect(hidesAnything({ a: [text, 1, null] })).toBe(false);
  });
});

describe("a command's output", () => {
  it.each([
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007text", "text"],
    ["\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["10%\r50%\r100%\ndone", "100%\ndone"],
    ["a\r\nb", "a\nb"],
    ["a\u0000b\u0008", "ab"],
  ])("is plain: %j", (raw, wanted) => {
    expect(plainOutput(raw)).toBe(wanted);
  });
});
