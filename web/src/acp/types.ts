import type { ContentBlock, SessionConfigOption, SessionModeState, SessionUpdate } from "@agentclientprotocol/sdk";

export type {
  ContentBlock,
  PermissionOption,
  PlanEntry,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionConfigOption,
  SessionModeState,
  SessionUpdate,
  ToolCallContent,
  ToolCallLocation,
  ToolKind,
} from "@agentclientprotocol/sdk";

export type RunState = "idle" | "running" | "requires_action";

/** TurnUsage counts the tokens of one turn. */
export interface TurnUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

/** StateNotice is the params of `_agentchat/state`. */
export interface StateNotice {
  sessionId: string;
  state: RunState;
  stopReason?: string;
  usage?: TurnUsage;
  error?: string;
  /** Nothing runs, and the last turn was cut off: it can go on. */
  interrupted?: boolean;
}

/** QueuedPrompt is a prompt that waits on the server for the turn before it. */
export interface QueuedPrompt {
  promptId: string;
  prompt: ContentBlock[];
}

/** QueueNotice is the params of `_agentchat/queue`. */
export interface QueueNotice {
  sessionId: string;
  queue: QueuedPrompt[];
}

/** RewoundNotice is the params of `_agentchat/rewound`. */
export interface RewoundNotice {
  sessionId: string;
}

/** Attached is what session/new, session/load and session/resume answer, as far as the page looks at it. */
export interface Attached {
  sessionId?: string;
  modes?: SessionModeState | null;
  configOptions?: SessionConfigOption[] | null;
  _meta?: Record<string, unknown> | null;
}

export interface UpdateNotice {
  sessionId: string;
  update: SessionUpdate;
}
