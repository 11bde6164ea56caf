import { describe, expect, it, vi } from "vitest";
import type { RequestPermissionRequest } from "@/acp/types";
import { Hub } from "@/session/hub";
import { Permissions } from "@/session/permissions";
import { askOf, questionOf, replyTo } from "@/session/question";
import { SessionStore } from "@/session/store";

function request(title: string, multiSelect: boolean, meta?: Record<string, unknown>): RequestPermissionRequest {
  return {
    sessionId: "s",
    toolCall: {
      toolCallId: "call",
      title,
      _meta: meta ?? { "agentchat/question": { header: "Colour", multiSelect } },
    },
    options: [
      { optionId: "choice-0", name: "Red", kind: "allow_once", _meta: { "agentchat/description": "Warm" } },
      { optionId: "choice-1", name: "Blue", kind: "allow_once" },
      { optionId: "choice-2", name: "Green", kind: "allow_once" },
      { optionId: "reject", name: "Something else", kind: "reject_once" },
    ],
  };
}

function asked(multiSelect: boolean) {
  const question = questionOf(request("Which?", multiSelect));
  if (!question) throw new Error("the request is no question");
  return question;
}

describe("what a session wants of the person", () => {
  const asks = {
    question: request("Which?", false),
    permission: request("Run ls", false, {}),
    plan: { ...request("Go on", false, {}), toolCall: { toolCallId: "call", title: "Go on", name: "ExitPlanMode" } },
  };

  it.each(["question", "permission", "plan"] as const)("is a %s", (ask) => {
    expect(askOf(asks[ask])).toBe(ask);
  });

  it("is told of the session that is looked at before any other, by its first card", () => {
    const hub = new Hub({ readPage: vi.fn(), candidates: async () => [], ticket: async () => undefined });
    const [one, two] = [hub.open("one", "/w"), hub.open("two", "/w")];
    expect(hub.anyAsk("one")).toBeUndefined();
    two.addPermission({ key: "a", ...asks.plan });
    expect([hub.anyAsk("one"), hub.asks("one"), hub.asks("two")]).toEqual(["plan", undefined, "plan"]);
    one.addPermission({ key: "b", ...asks.question });
    one.addPermission({ key: "c", ...asks.permission });
    expect([hub.anyAsk("one"), hub.anyAsk("two"), hub.anyAsk(undefined)]).toEqual(["question", "plan", "question"]);
    one.removePermission("b");
    expect(hub.anyAsk("one")).toBe("permission");
  });
});

describe("a question of the model", () => {
  it("is read from the request", () => {
    expect(asked(true)).toEqual({
      header: "Colour",
      text: "Which?",
      several: true,
      choices: [
        { id: "choice-0", label: "Red", description: "Warm" },
        { id: "choice-1", label: "Blue", description: undefined },
        { id: "choice-2", label: "Green", description: undefined },
      ],
      other: "reject",
    });
  });

  it("is not what asks whether a call may run", () => {
    expect(questionOf(request("Run ls", false, {}))).toBeUndefined();
    expect(questionOf(request("Run ls", false, { "agentchat/question": true }))).toBeUndefined();
  });

  it.each([
    ["nothing yet", false, [], "", undefined],
    ["one", false, ["choice-1"], "", { optionId: "choice-1" }],
    ["words that were left behind", false, ["choice-1"], "teal", { optionId: "choice-1" }],
    ["words", false, ["reject"], " teal ", { optionId: "reject", words: "teal" }],
    ["something else, without a word", false, ["reject"], " ", undefined],
    [
      "several, in the order of the question",
      true,
      ["choice-2", "choice-0"],
      "",
      { optionId: "choice-0", more: ["choice-2"] },
    ],
    ["several and words", true, ["choice-0", "reject"], "teal", { optionId: "choice-0", words: "teal" }],
    ["several and an empty word", true, ["choice-0", "reject"], "", undefined],
  ])("%s", (_name, several, chosen, words, reply) => {
    expect(replyTo(asked(several), new Set(chosen), words)).toEqual(reply);
  });
});

describe("answers", () => {
  const signal = () => new AbortController().signal;

  it("carry words and further options only where there are some", async () => {
    const permissions = new Permissions(vi.fn());
    const store = new SessionStore("s", "/w");
    const answerWith = async (...answer: [string, string?, string[]?]) => {
      const asks = permissions.ask(store, request("Which?", true), signal());
      permissions.answer(store.view.permissions[0]?.key ?? "", ...answer);
      return asks;
    };
    const outcome = (optionId: string) => ({ outcome: { outcome: "selected", optionId } });
    expect(await answerWith("choice-0")).toEqual(outcome("choice-0"));
    expect(await answerWith("reject", "teal")).toEqual({
      ...outcome("reject"),
      _meta: { "agentchat/message": "teal" },
    });
    expect(await answerWith("choice-0", "", ["choice-1"])).toEqual({
      ...outcome("choice-0"),
      _meta: { "agentchat/options": ["choice-1"] },
    });
    expect(store.view.permissions).toEqual([]);
  });

  it("belong to one question of a call, and the next one has a card of its own", async () => {
    const permissions = new Permissions(vi.fn());
    const store = new SessionStore("s", "/w");
    const first = new AbortController();
    const answered = permissions.ask(store, request("First?", false), first.signal);
    void permissions.ask(store, request("Second?", false), signal());
    first.abort(); // Another tab answered the first one.
    expect(await answered).toEqual({ outcome: { outcome: "cancelled" } });
    expect(store.view.permissions.map((p) => p.toolCall.title)).toEqual(["Second?"]);
  });

  it("settle a request that came twice, once", async () => {
    const permissions = new Permissions(vi.fn());
    const store = new SessionStore("s", "/w");
    const both = [0, 1].map(() => permissions.ask(store, request("Which?", false), signal()));
    expect(store.view.permissions).toHaveLength(1);
    permissions.answer(store.view.permissions[0]?.key ?? "", "choice-1");
    for (const response of await Promise.all(both)) expect(response.outcome).toMatchObject({ optionId: "choice-1" });
  });
});
