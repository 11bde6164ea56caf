import type {
  ContentBlock,
  PermissionOption,
  QueuedPrompt,
  RequestPermissionRequest,
  RunState,
  SessionModeState,
  SessionUpdate,
  StateNotice,
  TurnUsage,
} from "@/acp/types";
import { applyUpdates, dropAfterCursor, EMPTY, withoutRetry } from "@/transcript/reducer";
import type { Transcript } from "@/transcript/types";

export interface PermissionCard {
  key: string;
  toolCall: RequestPermissionRequest["toolCall"];
  options: PermissionOption[];
}

/** Outgoing is a prompt of this page that the server has not shown back yet. */
export interface Outgoing {
  promptId: string;
  prompt: ContentBlock[];
  /** Why it could not be sent; it then waits for the person. */
  failed?: string;
}

export interface Run {
  state: RunState;
  startedAt?: number | undefined;
  stopReason?: string | undefined;
  error?: string | undefined;
  usage?: TurnUsage | undefined;
  interrupted?: boolean | undefined;
}

/** SessionView is what the page shows of one session; a new object for every change. */
export interface SessionView {
  phase: "loading" | "ready" | "failed";
  failure?: string | undefined;
  transcript: Transcript;
  run: Run;
  permissions: readonly PermissionCard[];
  queue: readonly QueuedPrompt[];
  outbox: readonly Outgoing[];
  modes?: SessionModeState | undefined;
  /** Asks for the part of the history before the transcript; absent where that is its beginning. */
  older?: string | undefined;
  /** A part of the history that is shown in place of the newest one. */
  past?: Past | undefined;
  /** A part of the history is on its way. */
  fetching?: boolean | undefined;
  /** Damaged lines of the transcript that were passed by. */
  skipped?: number | undefined;
}

/** Past is a part of the history around a place that somebody looked for. */
export interface Past {
  /** The cursor of the place. */
  at: string;
  /** The item at the place. */
  item: string | undefined;
  transcript: Transcript;
  older: string | undefined;
  newer: string | undefined;
}

const BLANK: SessionView = {
  phase: "loading",
  transcript: EMPTY,
  run: { state: "idle" },
  permissions: [],
  queue: [],
  outbox: [],
};

/**
 * SessionStore holds one session. Updates are gathered and applied once per frame; everything else is applied at once,
 * after the updates that came before it.
 */
export class SessionStore {
  view: SessionView = BLANK;
  private pending: SessionUpdate[] = [];
  private frame: ReturnType<typeof setTimeout> | number | undefined;
  private listeners = new Set<() => void>();

  constructor(
    readonly id: string,
    readonly cwd: string,
  ) {}

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  getView = () => this.view;

  receive(update: SessionUpdate) {
    this.pending.push(update);
    if (this.frame !== undefined) return;
    // A hidden page gets no animation frames.
    this.frame = document.hidden ? setTimeout(this.flush, 250) : requestAnimationFrame(this.flush);
  }

  /** flush applies what has arrived so far. */
  flush = () => {
    if (this.frame !== undefined) {
      clearTimeout(this.frame);
      cancelAnimationFrame(this.frame as number);
      this.frame = undefined;
    }
    if (this.pending.length === 0) return;
    const updates = this.pending;
    this.pending = [];
    this.change({
      transcript: applyUpdates(this.view.transcript, updates),
      outbox: withoutEchoed(this.view.outbox, updates),
    });
  };

  change(part: Partial<SessionView>) {
    this.view = { ...this.view, ...part };
    for (const listener of this.listeners) listener();
  }

  setRun({ state, stopReason, error, usage, interrupted }: Omit<StateNotice, "sessionId">) {
    this.flush();
    const { run, transcript } = this.view;
    const wasIdle = run.state === "idle";
    const startedAt = state === "idle" ? undefined : wasIdle ? (this.lastPromptTime() ?? Date.now()) : run.startedAt;
    this.change({
      run: { state, startedAt, stopReason, error, usage, interrupted },
      transcript: state === "idle" ? withoutRetry(transcript) : transcript,
    });
  }

  /** restart forgets everything, before the whole history arrives. */
  restart() {
    this.pending = [];
    this.change({
      transcript: EMPTY,
      permissions: [],
      queue: [],
      phase: "loading",
      failure: undefined,
      older: undefined,
      past: undefined,
    });
  }

  /** rewind goes back to what is durable, before a resume. */
  rewind() {
    this.flush();
    this.change({ transcript: dropAfterCursor(this.view.transcript), permissions: [], queue: [] });
  }

  setQueue(queue: QueuedPrompt[]) {
    this.flush();
    const queued = new Set(queue.map((q) => q.promptId));
    this.change({ queue, outbox: this.view.outbox.filter((o) => !queued.has(o.promptId)) });
  }

  addOutgoing(outgoing: Outgoing) {
    this.change({ outbox: [...this.view.outbox.filter((o) => o.promptId !== outgoing.promptId), outgoing] });
  }

  removeOutgoing(promptId: string) {
    this.change({ outbox: this.view.outbox.filter((o) => o.promptId !== promptId) });
  }

  addPermission(card: PermissionCard) {
    this.flush();
    this.change({ permissions: [...this.view.permissions, card] });
  }

  removePermission(key: string) {
    this.change({ permissions: this.view.permissions.filter((p) => p.key !== key) });
  }

  /** lastPromptTime is when the person last wrote, by the server's clock, if that is in the past here as well. */
  private lastPromptTime(): number | undefined {
    const { order, items } = this.view.transcript;
    for (let i = order.length - 1; i >= 0; i--) {
      const item = items.get(order[i] ?? "");
      if (item?.kind !== "message" || item.role !== "user") continue;
      const at = item.at ? Date.parse(item.at) : Number.NaN;
      return at <= Date.now() ? at : undefined;
    }
    return undefined;
  }
}

function withoutEchoed(outbox: readonly Outgoing[], updates: readonly SessionUpdate[]): readonly Outgoing[] {
  if (outbox.length === 0) return outbox;
  const seen = new Set<unknown>();
  for (const update of updates) {
    if (update.sessionUpdate === "user_message_chunk") seen.add(update._meta?.["agentchat/promptId"]);
  }
  return outbox.some((o) => seen.has(o.promptId)) ? outbox.filter((o) => !seen.has(o.promptId)) : outbox;
}
