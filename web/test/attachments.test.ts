// @vitest-environment jsdom
import { afterEach, describe, expect, it } from "vitest";
import type { ContentBlock, SessionUpdate } from "@/acp/types";
import { attachedTo, putBack } from "@/chat/putBack";
import { attachmentsOf, forgetAttachments } from "@/chat/useAttachments";
import { readDraft, writeDraft } from "@/lib/drafts";
import { SessionStore } from "@/session/store";
import { applyUpdates, EMPTY } from "@/transcript/reducer";

const image = (data: string): ContentBlock => ({ type: "image", mimeType: "image/png", data });
const dataOf = (key: string) => attachmentsOf(key).map((a) => a.block.data);

afterEach(() => {
  forgetAttachments();
  localStorage.clear();
});

describe("a message that is put back", () => {
  it("stands before what is being written, with its images", () => {
    writeDraft("s", "half a thought");
    putBack("s", "first", [image("a"), { type: "text", text: "first" }, image("b")]);
    putBack("s", "", [image("c")]);
    expect(readDraft("s")).toBe("first\n\nhalf a thought");
    expect(dataOf("s")).toEqual(["a", "b", "c"]);
    expect(dataOf("other")).toEqual([]);
    expect(new Set(attachmentsOf("s").map((a) => a.id)).size).toBe(3);
  });

  it("is forgotten when somebody else signs in", () => {
    putBack("s", "", [image("a")]);
    forgetAttachments();
    expect(dataOf("s")).toEqual([]);
  });
});

describe("what is attached to a message", () => {
  const say = (id: string, ...blocks: ContentBlock[]) =>
    applyUpdates(
      EMPTY,
      blocks.map((content): SessionUpdate => ({ sessionUpdate: "user_message_chunk", messageId: id, content })),
    );

  it("is found in what is shown, the past before the newest", () => {
    const { view } = new SessionStore("s", "/w");
    const now = { ...view, transcript: say("m1", image("a"), { type: "text", text: "x" }, image("b")) };
    expect(attachedTo(now, "m1")).toEqual([image("a"), image("b")]);
    expect(attachedTo(now, "m2")).toEqual([]);
    const past = { at: "c", item: undefined, transcript: say("m0", image("c")), older: undefined, newer: undefined };
    expect(attachedTo({ ...now, past }, "m0")).toEqual([image("c")]);
  });
});
