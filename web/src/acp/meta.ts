/** The names that this server adds to ACP, all below `_meta` or behind an underscore, as the protocol asks. */
export const META = {
  cursor: "agentchat/cursor",
  replayAfter: "agentchat/replayAfter",
  replay: "agentchat/replay",
  state: "agentchat/state",
  queue: "agentchat/queue",
  promptId: "agentchat/promptId",
  echo: "agentchat/echo",
  retry: "agentchat/retry",
  toolName: "agentchat/toolName",
  boundary: "agentchat/boundary",
  interrupted: "agentchat/interrupted",
  task: "agentchat/task",
  skipped: "agentchat/skipped",
  aborted: "agentchat/aborted",
  timestamp: "agentchat/timestamp",
  error: "agentchat/error",
  message: "agentchat/message",
  question: "agentchat/question",
  description: "agentchat/description",
  options: "agentchat/options",
} as const;

export const METHODS = {
  update: "session/update",
  state: "_agentchat/state",
  queue: "_agentchat/queue",
  queueRemove: "_agentchat/queue/remove",
  queueUpdate: "_agentchat/queue/update",
  queueSend: "_agentchat/queue/send",
  rewind: "_agentchat/rewind",
  rewound: "_agentchat/rewound",
  continue: "_agentchat/continue",
  ping: "_agentchat/ping",
} as const;

export type Meta = Record<string, unknown> | null | undefined;

/** metaString reads a string from `_meta`; anything else counts as absent. */
export function metaString(meta: Meta, key: string): string | undefined {
  const value = meta?.[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** metaFlag is true for `true` and for a non-empty string. */
export function metaFlag(meta: Meta, key: string): boolean {
  const value = meta?.[key];
  return value === true || (typeof value === "string" && value !== "");
}
