// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionUpdate } from "@/acp/types";
import type { MessagePage } from "@/api/types";
import { Subagent, SubagentSteps, transcriptOf } from "@/chat/Subagent";
import { startI18n } from "@/i18n";
import { ToolSessionContext } from "@/tools/session";
import { applyUpdates, EMPTY } from "@/transcript/reducer";
import { toolId } from "@/transcript/toolcall";
import type { ToolItem } from "@/transcript/types";

beforeAll(() => startI18n());

const task: SessionUpdate = {
  sessionUpdate: "user_message_chunk",
  messageId: "m1",
  content: { type: "text", text: "Look **around**" },
};
const call = (id: string, title: string): SessionUpdate => ({
  sessionUpdate: "tool_call",
  toolCallId: id,
  title,
  name: "Bash",
  status: "pending",
  rawInput: { command: title },
});
const done = (id: string): SessionUpdate => ({
  sessionUpdate: "tool_call_update",
  toolCallId: id,
  status: "completed",
});
const said: SessionUpdate = {
  sessionUpdate: "agent_message_chunk",
  messageId: "m9",
  content: { type: "text", text: "All is well." },
};

function page(items: SessionUpdate[], nextBefore: string | null = null): MessagePage {
  return { items, nextBefore, nextAfter: null, skipped: 0 };
}

function agent(status: ToolItem["status"]): ToolItem {
  const update: SessionUpdate = {
    sessionUpdate: "tool_call",
    toolCallId: "toolu_1",
    title: "Look",
    name: "Agent",
    status,
    rawInput: { prompt: "The task" },
  };
  return applyUpdates(EMPTY, [update]).items.get(toolId("toolu_1")) as ToolItem;
}

describe("pages of a subagent", () => {
  it("are put together oldest first", () => {
    const { order } = transcriptOf(
      [page([done("c2"), said]), page([task, call("c1", "a"), done("c1"), call("c2", "b")])],
      false,
    );
    expect(order).toEqual(["m1", "tool:c1", "tool:c2", "m9"]);
  });

  it("have a call without a result run only as long as the subagent does", () => {
    const statuses = (running: boolean) => {
      const { items } = transcriptOf([page([call("c1", "a"), done("c1"), call("c2", "b")])], running);
      return [...items.values()].map((item) => item.kind === "tool" && item.status);
    };
    expect(statuses(true)).toEqual(["completed", "in_progress"]);
    expect(statuses(false)).toEqual(["completed", "pending"]);
  });
});

describe("a subagent's conversation", () => {
  let root: Root;
  let box: HTMLElement;
  let pages: Record<string, MessagePage>;
  const asked: string[] = [];
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });

  beforeEach(() => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    asked.length = 0;
    client.clear();
    vi.stubGlobal("fetch", async (path: string) => {
      asked.push(path);
      const found = pages[new URL(path, "http://x").searchParams.get("before") ?? ""];
      const body = found ?? { error: { code: "not_found", message: "There is no such subagent." } };
      return new Response(JSON.stringify(body), { status: found ? 200 : 404 });
    });
    box = document.createElement("div");
    document.body.append(box);
    root = createRoot(box);
  });

  afterEach(() => {
    act(() => root.unmount());
    box.remove();
    vi.unstubAllGlobals();
  });

  const shows = async (text: string) => {
    await act(() => vi.waitFor(() => expect(box.textContent).toContain(text)));
  };
  const render = (element: React.ReactNode, waiting: string[] = []) =>
    act(() =>
      root.render(
        <QueryClientProvider client={client}>
          <ToolSessionContext.Provider value={{ id: "s 1", waiting: new Set(waiting) }}>
            {element}
          </ToolSessionContext.Provider>
        </QueryClientProvider>,
      ),
    );

  it("is asked for by the call, and shows task, calls and report", async () => {
    pages = { "": page([task, call("c1", "ls"), done("c1"), said]) };
    render(<Subagent tool={agent("completed")} cwd="/w" session="s 1" />);
    await shows("All is well.");
    expect(asked).toEqual(["/api/sessions/s%201/subagents/toolu_1/messages?limit=80"]);
    expect(box.querySelector('[data-message="task"] strong')?.textContent).toBe("around");
    expect(box.querySelector('[data-message="user"]')).toBeNull(); // The person did not say it.
    expect(box.querySelector('[data-tool="Bash"]')?.getAttribute("data-outcome")).toBe("done");
  });

  it("brings what is earlier on demand", async () => {
    pages = { "": page([said], "c-9"), "c-9": page([task]) };
    render(<Subagent tool={agent("completed")} cwd="/w" session="s 1" />);
    await shows("All is well.");
    expect(box.textContent).not.toContain("Look");
    act(() => box.querySelector("button")?.click());
    await shows("Look around");
    expect(box.textContent?.indexOf("Look")).toBeLessThan(box.textContent?.indexOf("All is well.") ?? 0);
    expect(box.textContent).not.toContain("Show earlier steps");
  });

  it("is read once more when the subagent has ended", async () => {
    pages = { "": page([task, call("c1", "ls")]) };
    render(<Subagent tool={agent("in_progress")} cwd="/w" session="s 1" />, ["tool:c1"]);
    await shows("Waits for your permission");
    pages = { "": page([task, call("c1", "ls"), done("c1"), said]) };
    render(<Subagent tool={agent("completed")} cwd="/w" session="s 1" />);
    await shows("All is well.");
  });

  it("is read afresh when it is opened after its end, whatever was read before", async () => {
    pages = { "": page([task, call("c1", "ls")]) };
    render(<Subagent tool={agent("in_progress")} cwd="/w" session="s 1" />);
    await shows("ls");
    render(null);
    pages = { "": page([task, call("c1", "ls"), done("c1"), said]) };
    render(<Subagent tool={agent("completed")} cwd="/w" session="s 1" />);
    await shows("All is well.");
  });

  it("says so when it is not there", async () => {
    pages = {};
    render(<Subagent tool={agent("completed")} cwd="/w" session="s 1" />);
    await shows("Its own conversation is not kept here.");
    expect(box.querySelector('[data-message="task"]')?.textContent).toContain("The task");
  });

  it("gives the last steps of a nested one", async () => {
    const calls = ["a", "b", "c", "d"].flatMap((title) => [call(title, title), done(title)]);
    pages = { "": page([task, ...calls]) };
    render(<SubagentSteps tool={agent("in_progress")} session="s 1" show={(steps) => steps.join(" | ")} />);
    await shows("Bash: b | Bash: c | Bash: d");
    expect(box.textContent).not.toContain("Bash: a");
  });
});
