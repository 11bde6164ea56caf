import { META } from "@/acp/meta";
import type { SessionUpdate } from "@/acp/types";
import type { Retry } from "./types";

type Notice = Extract<SessionUpdate, { sessionUpdate: "notice" }>;

/** readRetry reads the countdown that a notice carries: the server's own clock if it told one, else the delay. */
export function readRetry(update: Notice, now: number): Retry | undefined {
  const raw = update._meta?.[META.retry];
  if (typeof raw !== "object" || raw === null) return undefined;
  const { attempt, max, delayMs, at } = raw as Record<string, unknown>;
  const delay = typeof delayMs === "number" ? delayMs : undefined;
  const named = typeof at === "string" ? Date.parse(at) : typeof at === "number" ? at : Number.NaN;
  // The delay is safer than a time of the server: the two clocks may differ.
  const until = delay !== undefined ? now + delay : named;
  if (Number.isNaN(until)) return undefined;
  return {
    title: update.title,
    attempt: typeof attempt === "number" ? attempt : 1,
    max: typeof max === "number" ? max : 0,
    at: until,
  };
}
