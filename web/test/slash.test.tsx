// @vitest-environment jsdom
import { act, useState } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { matching, slashQuery, typedCommand } from "@/chat/slash";
import { useSlashMenu } from "@/chat/useSlashMenu";
import type { Command } from "@/transcript/types";

const command = (name: string, hint?: string): Command => ({ name, description: `Does ${name}`, hint });
const COMMANDS = [command("compact", "what to keep"), command("context"), command("re:view"), command("view")];
const names = (list: readonly Command[]) => list.map((c) => c.name);

describe("what is typed of a command", () => {
  it.each([
    ["/", ""],
    ["/co", "co"],
    ["/re:v", "re:v"],
    ["/co ", undefined],
    ["/co\n", undefined],
    ["co", undefined],
    [" /co", undefined],
    ["", undefined],
  ])("%j is %j", (text, query) => {
    expect(slashQuery(text)).toBe(query);
  });

  it.each([
    ["", ["compact", "context", "re:view", "view"]],
    ["CO", ["compact", "context"]],
    ["view", ["view", "re:view"]],
    ["xyz", []],
  ])("%j finds %j", (query, found) => {
    expect(names(matching(COMMANDS, query))).toEqual(found);
  });

  it.each([
    ["/compact ", "compact"],
    ["/compact", undefined],
    ["/compact all", undefined],
    ["/nothing ", undefined],
  ])("a command with nothing behind it: %j", (text, name) => {
    expect(typedCommand(COMMANDS, text)?.name).toBe(name);
  });
});

/** Field is a text field with the menu, as the composer has it. */
function Field({ onSend, enter }: { onSend(): void; enter: "send" | "newline" }) {
  const [text, setText] = useState("");
  const menu = useSlashMenu({ text, commands: COMMANDS, enter, onText: setText });
  return (
    <>
      <textarea
        {...menu.field}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (menu.onKey(event)) event.preventDefault();
          else if (event.key === "Enter") onSend();
        }}
      />
      <ul>
        {menu.list.map((c, i) => (
          <li key={c.name} aria-current={i === menu.active}>
            {c.name}
          </li>
        ))}
      </ul>
    </>
  );
}

describe("the menu", () => {
  let root: Root;
  let box: HTMLDivElement;
  const onSend = vi.fn();
  const field = () => box.querySelector("textarea") as HTMLTextAreaElement;
  const shown = () => [...box.querySelectorAll("li")].map((li) => li.textContent);
  const active = () => box.querySelector('[aria-current="true"]')?.textContent;

  const type = (text: string) =>
    act(async () => {
      Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(field(), text);
      field().dispatchEvent(new Event("input", { bubbles: true }));
    });
  const press = async (key: string, init: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
    await act(async () => field().dispatchEvent(event));
    return event.defaultPrevented;
  };
  const render = async (enter: "send" | "newline") => {
    await act(async () => root.render(<Field onSend={onSend} enter={enter} />));
    await act(async () => field().focus());
  };

  beforeEach(async () => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    onSend.mockClear();
    box = document.createElement("div");
    document.body.append(box);
    root = createRoot(box);
    await render("send");
  });

  afterEach(async () => {
    await act(async () => root.unmount());
    box.remove();
    vi.unstubAllGlobals();
  });

  it("opens with a slash, narrows, and is named by the field", async () => {
    await type("/");
    expect(shown()).toEqual(names(COMMANDS));
    await type("/vi");
    expect(shown()).toEqual(["view", "re:view"]);
    expect(field().getAttribute("aria-activedescendant")).toBe(`${field().getAttribute("aria-controls")}-0`);
    await type("vi");
    expect(shown()).toEqual([]);
    expect(field().hasAttribute("aria-activedescendant")).toBe(false);
  });

  it.each(["Enter", "Tab"])("goes up and down, around the ends, and %s takes one", async (key) => {
    await type("/co");
    await press("ArrowDown");
    expect(active()).toBe("context");
    await press("ArrowDown");
    expect(active()).toBe("compact");
    await press("ArrowUp");
    expect(await press(key)).toBe(true);
    expect(field().value).toBe("/context ");
    expect(shown()).toEqual([]);
    expect(onSend).not.toHaveBeenCalled();
  });

  it("leaves the key that sends to a name that is whole, and no other key", async () => {
    await type("/context");
    expect(await press("Enter", { shiftKey: true })).toBe(false);
    onSend.mockClear();
    await press("Enter");
    expect(onSend).toHaveBeenCalledOnce();
    await render("newline");
    expect(await press("Enter")).toBe(true);
    expect(field().value).toBe("/context ");
  });

  it("closes by Escape until another command is begun", async () => {
    await type("/co");
    expect(await press("Escape")).toBe(true);
    expect(shown()).toEqual([]);
    expect(await press("Escape")).toBe(false);
    await type("/com");
    expect(shown()).toEqual([]);
    await type("");
    await type("/");
    expect(shown()).not.toEqual([]);
  });

  it("stays away while an input method composes, and lets its keys be", async () => {
    await type("/co");
    expect(await press("Enter", { isComposing: true })).toBe(false);
    await act(async () => field().dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true })));
    expect(shown()).toEqual([]);
    await act(async () => field().dispatchEvent(new CompositionEvent("compositionend", { bubbles: true })));
    expect(shown()).toEqual(["compact", "context"]);
  });

  it("is there only for a field that has the focus", async () => {
    await type("/");
    await act(async () => field().blur());
    expect(shown()).toEqual([]);
  });
});
