// @vitest-environment jsdom
import { renderToStaticMarkup } from "react-dom/server";
import { beforeAll, describe, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { askedOf } from "@/tools/asked";
import { hasMore } from "@/tools/read";
import { viewOf } from "@/tools/registry";
import { placeOf } from "@/tools/web";
import { hitsOf } from "@/tools/webSearch";
import type { ToolItem, ToolStatus } from "@/transcript/types";

beforeAll(() => startI18n());

function tool(name: string, input: unknown, part: Partial<ToolItem> & { text?: string } = {}): ToolItem {
  const { text, ...rest } = part;
  const content = text === undefined ? [] : [{ type: "content" as const, content: { type: "text" as const, text } }];
  return {
    kind: "tool",
    id: `tool:${name}:${JSON.stringify(rest.status ?? "")}`,
    name,
    title: name,
    toolKind: undefined,
    status: "completed" satisfies ToolStatus,
    content,
    locations: [],
    input,
    output: undefined,
    ...rest,
  };
}

function shown(item: ToolItem, part: "Line" | "Body" | "Live" | "Ask"): string {
  const View = viewOf(item)[part];
  if (!View) throw new Error(`${item.name} has no ${part}`);
  return renderToStaticMarkup(<View tool={item} cwd="/w" />);
}

const plain = (markup: string) =>
  markup
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();

describe("a subagent", () => {
  const input = { description: "Look around", prompt: "Find **all** files", subagent_type: "Explore" };

  it("is a line with what it does, its type and its calls", () => {
    const output = { totalToolUseCount: 3, content: [{ type: "text", text: "# Found" }] };
    expect(plain(shown(tool("Agent", input, { output }), "Line"))).toBe("Agent Look around Explore 3 calls");
  });

  it("shows its last steps while it runs", () => {
    const text = "```\nRead: a\nRead: b\nRead: c\nRead: d\n```";
    const live = plain(shown(tool("Agent", input, { status: "in_progress", text }), "Live"));
    expect(live).toBe("Read: b Read: c Read: d");
  });

  it("has no steps as long as the server tells its task alone", () => {
    expect(shown(tool("Agent", input, { status: "in_progress", text: input.prompt }), "Live")).toBe("");
  });

  it("shows its report without the figures for the model", () => {
    const output = { content: [{ type: "text", text: "It is **there**." }] };
    const body = shown(tool("Agent", input, { output, text: "It is **there**.\nagentId: x" }), "Body");
    expect(body).toContain("<strong>there</strong>");
    expect(body).not.toContain("agentId");
    expect(body).not.toContain("Find"); // The task is folded.
  });
});

describe("the web", () => {
  it.each([
    ["https://a.example/", "a.example"],
    ["https://a.example:8080/b/c?d=e#f", "a.example:8080/b/c"],
    ["not an address", "not an address"],
  ])("%s is %s", (address, place) => {
    expect(placeOf(address)).toBe(place);
  });

  const hits = [
    { title: "A page", url: "https://a.example/x" },
    { title: "A trap", url: "javascript:alert(1)" },
    { title: "", url: "https://b.example/" },
    { title: "No address" },
  ];
  const output = { results: [{ content: hits }, "The pages say so."] };

  it("lists what a search found", () => {
    expect(hitsOf(output).map((h) => h.title)).toEqual(["A page", "A trap", "https://b.example/"]);
    expect(hitsOf("x")).toEqual([]);
    expect(plain(shown(tool("WebSearch", { query: "this" }, { output }), "Line"))).toBe("Search the web this 3 pages");
  });

  it("makes links only of what may be one, and loads nothing", () => {
    const body = shown(tool("WebSearch", { query: "this" }, { output }), "Body");
    expect([...body.matchAll(/href="([^"]*)"/g)].map((m) => m[1])).toEqual([
      "https://a.example/x",
      "https://b.example/",
    ]);
    expect(body.match(/<a /g)).toHaveLength(body.match(/rel="noopener noreferrer nofollow"/g)?.length ?? 0);
    expect(body).not.toMatch(/<(img|link|iframe)|src=/);
  });

  it("asks about a fetch with all that is sent", () => {
    const ask = plain(shown(tool("WebFetch", { url: "https://a.example/?secret=1", prompt: "What?" }), "Ask"));
    expect(ask).toContain("https://a.example/?secret=1");
    expect(ask).toContain("What?");
    expect(plain(shown(tool("WebSearch", { query: "q", allowed_domains: ["a.example"] }), "Ask"))).toContain(
      "a.example",
    );
  });

  it("tells an input that has more from one that has not", () => {
    expect(hasMore({ url: "x" }, ["url", "prompt"])).toBe(false);
    expect(hasMore({ url: "x", other: 1 }, ["url", "prompt"])).toBe(true);
    expect(hasMore(undefined, ["url"])).toBe(false);
  });
});

describe("questions that were asked", () => {
  const input = { questions: [{ question: "Which?" }, { question: "When?" }, {}] };

  it("stand beside their answers", () => {
    const output = { answers: { "Which?": "Red, Blue" } };
    expect(askedOf({ input, output })).toEqual([
      { question: "Which?", answer: "Red, Blue" },
      { question: "When?", answer: undefined },
    ]);
    const item = tool("AskUserQuestion", input, { output });
    expect(plain(shown(item, "Line"))).toBe("Asked Which? Red, Blue");
    expect(plain(shown(item, "Body"))).toBe("Which? Red, Blue When? No answer");
  });
});

describe("a plan", () => {
  it("is shown as it is meant to be read", () => {
    expect(shown(tool("ExitPlanMode", { plan: "1. **Read**" }), "Body")).toContain("<strong>Read</strong>");
    expect(plain(shown(tool("ExitPlanMode", { plan: "x" }), "Line"))).toBe("Plan Approved");
  });

  it("is shown as it was written when something hides in it, and not because of an emoji", () => {
    const hiding = shown(tool("ExitPlanMode", { plan: "Delete \u202enothing" }), "Body");
    expect(hiding).toContain("U+202E");
    expect(shown(tool("ExitPlanMode", { plan: "⚠️ **Careful**" }), "Body")).toContain("<strong>");
  });
});

it("a skill is named, and its instructions are behind its line", () => {
  const item = tool("Skill", { skill: "release", args: "1.2" }, { text: "Do *this*." });
  expect(plain(shown(item, "Line"))).toBe("Skill release 1.2");
  expect(shown(item, "Body")).toContain("<em>this</em>");
});
