import { describe, expect, it } from "vitest";
import { candidates, preferring } from "@/acp/address";

const here = { protocol: "http:", host: "localhost:5050", hostname: "localhost" };
const elsewhere = { protocol: "https:", host: "chat.example.com", hostname: "chat.example.com" };

function urls(input: Parameters<typeof candidates>[0]) {
  return candidates(input).map((c) => `${c.source} ${c.url}`);
}

describe("the order of the addresses", () => {
  it("is run-time setting, build setting, own origin", () => {
    expect(
      urls({ runtime: "wss://gw.example.com/ws/agent", build: "ws://localhost:3051/ws/agent", page: here }),
    ).toEqual([
      "runtime wss://gw.example.com/ws/agent",
      "build ws://localhost:3051/ws/agent",
      "origin ws://localhost:5050/ws/agent",
    ]);
  });

  it.each(["ws://localhost:3051/ws/agent", "ws://127.0.0.1:3051/ws/agent", "ws://[::1]:3051/ws/agent"])(
    "leaves out %s from the build when the page was opened from elsewhere",
    (build) => {
      expect(urls({ build, page: elsewhere })).toEqual(["origin wss://chat.example.com/ws/agent"]);
    },
  );

  it("keeps another host from the build", () => {
    expect(urls({ build: "wss://gw.example.com/ws/agent", page: elsewhere })[0]).toBe(
      "build wss://gw.example.com/ws/agent",
    );
  });

  it("takes a run-time setting as it is, localhost too", () => {
    expect(urls({ runtime: "ws://localhost:3001/ws/agent", page: elsewhere })[0]).toContain("localhost:3001");
  });

  it("names each address once", () => {
    expect(
      urls({ runtime: "ws://localhost:5050/ws/agent", build: "ws://localhost:5050/ws/agent", page: here }),
    ).toEqual(["runtime ws://localhost:5050/ws/agent"]);
  });

  it.each([null, undefined, "", "  ", "http://["])("passes by a setting that is no address: %s", (runtime) => {
    expect(urls({ runtime, page: here })).toEqual(["origin ws://localhost:5050/ws/agent"]);
  });

  it("turns http forms into WebSocket forms", () => {
    expect(urls({ runtime: "https://gw.example.com/ws/agent", page: here })[0]).toBe(
      "runtime wss://gw.example.com/ws/agent",
    );
  });

  it("tries first what worked last", () => {
    const list = candidates({ build: "ws://localhost:3051/ws/agent", page: here });
    expect(preferring(list, list[1]?.url).map((c) => c.source)).toEqual(["origin", "build"]);
    expect(preferring(list, "ws://gone/").map((c) => c.source)).toEqual(["build", "origin"]);
  });
});
