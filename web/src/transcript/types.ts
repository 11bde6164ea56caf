import type {
  ContentBlock,
  PlanEntry,
  SessionConfigOption,
  ToolCallContent,
  ToolCallLocation,
  ToolKind,
} from "@/acp/types";

/** MessageItem is one message, or one block of the agent's answer: text pieces are joined, other blocks kept apart. */
export interface MessageItem {
  kind: "message";
  id: string;
  role: "user" | "agent" | "thought";
  text: string;
  /** Blocks that are not text: images, files, links. */
  extras: readonly ContentBlock[];
  at?: string | undefined;
  promptId?: string | undefined;
  error?: boolean | undefined;
  /** The answer broke off here. */
  aborted?: boolean | undefined;
}

export type ToolStatus = "pending" | "in_progress" | "completed" | "failed";

/** ToolItem is one tool call with everything that was said about it so far. */
export interface ToolItem {
  kind: "tool";
  id: string;
  /** The tool's name as the model calls it; empty when the agent did not tell. */
  name: string;
  title: string;
  toolKind: ToolKind | undefined;
  status: ToolStatus;
  content: readonly ToolCallContent[];
  locations: readonly ToolCallLocation[];
  input: unknown;
  output: unknown;
  boundary?: string | undefined;
  at?: string | undefined;
}

/** MarkItem says that the person interrupted the turn here. */
export interface MarkItem {
  kind: "interrupted";
  id: string;
  at?: string | undefined;
}

/** NoticeItem is a word of the server: a live one, which is no part of the history, or the end of a task in the background. */
export interface NoticeItem {
  kind: "notice";
  id: string;
  severity: string;
  title: string;
  description?: string | undefined;
}

export type Item = MessageItem | ToolItem | MarkItem | NoticeItem;

/** Retry says that a request to the model is tried again at `at` (milliseconds since the epoch). */
export interface Retry {
  title: string;
  attempt: number;
  max: number;
  at: number;
}

export interface ContextUsage {
  used: number;
  size: number;
}

export interface Command {
  name: string;
  description: string;
  /** What may stand behind it. */
  hint?: string | undefined;
}

/** Transcript is everything that session/update notifications told about one session. Never changed in place. */
export interface Transcript {
  readonly order: readonly string[];
  readonly items: ReadonlyMap<string, Item>;
  /** The last state of each item that the server has on disk; what is missing here goes when the connection is cut. */
  readonly durable: ReadonlyMap<string, Item>;
  /** Items touched by the record that is still arriving: its last update carries the cursor. */
  readonly arriving: readonly string[];
  readonly cursor: string | undefined;
  readonly plan: readonly PlanEntry[];
  readonly durablePlan: readonly PlanEntry[];
  readonly usage: ContextUsage | undefined;
  readonly mode: string | undefined;
  readonly configOptions: readonly SessionConfigOption[] | undefined;
  readonly commands: readonly Command[];
  readonly title: string | undefined;
  readonly retry: Retry | undefined;
  /** Counts the items that came without an id of their own. */
  readonly unnamed: number;
}
