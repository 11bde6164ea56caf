import { describe, expect, it } from "vitest";
import { afterClose, retryDelay } from "@/acp/backoff";

describe("the pause before an attempt", () => {
  it("is none at first, then doubles from one second to thirty", () => {
    const longest = [0, 1, 2, 3, 4, 5, 6, 7, 50].map((n) => retryDelay(n, () => 1));
    expect(longest).toEqual([0, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  });

  it("is spread over its upper half", () => {
    expect(retryDelay(3, () => 0)).toBe(2000);
    expect(retryDelay(3, () => 0.5)).toBe(3000);
  });
});

describe("after a close", () => {
  it.each([
    [4401, 0, { action: "signed-out" }],
    [4429, 0, { action: "refused" }],
    [4008, 0, { action: "retry", delay: 0 }],
    [4008, 2, { action: "retry", delay: 2000 }],
    [1012, 0, { action: "retry", delay: 1000 }],
    [1006, 0, { action: "retry", delay: 0 }],
    [1006, 3, { action: "retry", delay: 4000 }],
    [1000, 0, { action: "retry", delay: 0 }],
  ])("code %i with %i failures", (code, attempt, wanted) => {
    expect(afterClose(code, attempt, () => 1)).toEqual(wanted);
  });
});
