// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from "vitest";
import { knownCommands, rememberCommands } from "@/lib/commands";

const command = (name: string) => ({ name, description: `Does ${name}`, hint: undefined });

afterEach(() => localStorage.clear());

describe("the commands of a directory", () => {
  it("are those of the last session there", () => {
    rememberCommands("/w", [command("a")]);
    rememberCommands("/v", [{ ...command("b"), hint: "what" }]);
    rememberCommands("/w", [command("c")]);
    expect(knownCommands("/w").map((c) => c.name)).toEqual(["c"]);
    expect(knownCommands("/v")).toEqual([{ name: "b", description: "Does b", hint: "what" }]);
    expect(knownCommands("/other")).toEqual([]);
    expect(knownCommands(undefined)).toEqual([]);
  });

  it("stay when a session has not told any yet", () => {
    rememberCommands("/w", [command("a")]);
    rememberCommands("/w", []);
    expect(knownCommands("/w")).toHaveLength(1);
  });

  it("are kept for the last directories only", () => {
    for (let i = 0; i < 25; i++) rememberCommands(`/w${i}`, [command("a")]);
    expect(knownCommands("/w24")).toHaveLength(1);
    expect(knownCommands("/w5")).toHaveLength(1);
    expect(knownCommands("/w4")).toHaveLength(0);
  });

  it.each(["", "nonsense", "{}", '[["/w"]]', '[["/w",{}]]', '[["/w",[{"name":1}]],null]'])("are none in %s", (text) => {
    localStorage.setItem("commands", text);
    expect(knownCommands("/w")).toEqual([]);
    rememberCommands("/w", [command("a")]);
    expect(knownCommands("/w")).toHaveLength(1);
  });

  it("are none where nothing can be kept", () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new Error("full");
    });
    rememberCommands("/w", [command("a")]);
    expect(knownCommands("/w")).toEqual([]);
  });
});
