import { describe, expect, it } from "vitest";
import type { SessionConfigOption } from "@/acp/types";
import { choicesOf, nextMode } from "@/chat/Options";
import { SessionStore } from "@/session/store";
import { applyUpdates } from "@/transcript/reducer";

function option(id: string, category: string, currentValue: string, ...values: string[]): SessionConfigOption {
  return {
    id,
    category,
    name: id,
    type: "select",
    currentValue,
    options: values.map((value) => ({ value, name: value.toUpperCase() })),
  };
}

const OPTIONS = [
  option("mode", "mode", "default", "default", "plan"),
  option("model", "model", "m1", "m1", "m2"),
  option("effort", "thought_level", "auto", "auto", "low"),
];

function viewWith(options: SessionConfigOption[], mode?: string) {
  const { view } = new SessionStore("s", "/w");
  const updates = [
    { sessionUpdate: "config_option_update" as const, configOptions: options },
    ...(mode ? [{ sessionUpdate: "current_mode_update" as const, currentModeId: mode }] : []),
  ];
  return { ...view, transcript: applyUpdates(view.transcript, updates) };
}

describe("the choices of a session", () => {
  it("tells mode and effort from the rest", () => {
    const kinds = choicesOf(viewWith(OPTIONS)).map((c) => [c.id, c.isMode, c.isEffort]);
    expect(kinds).toEqual([
      ["mode", true, false],
      ["model", false, false],
      ["effort", false, true],
    ]);
  });

  it("follows a mode that the session changed by itself, and goes on from there", () => {
    const view = viewWith(OPTIONS, "plan");
    expect(choicesOf(view)[0]?.current).toBe("plan");
    expect(nextMode(view)?.value).toBe("default");
  });

  it("shows modes where there are no options", () => {
    const modes = { currentModeId: "a", availableModes: [{ id: "a", name: "A" }] };
    expect(choicesOf({ ...viewWith([]), modes }).map((c) => [c.id, c.current, c.isMode])).toEqual([["", "a", true]]);
  });
});
