import { META, metaFlag, metaString } from "@/acp/meta";
import type { SessionUpdate } from "@/acp/types";
import { applyChunk } from "./chunk";
import { commit, type Draft, draftOf, put } from "./draft";
import { readRetry } from "./retry";
import { applyToolCall, applyToolCallUpdate } from "./toolcall";
import type { Item, NoticeItem, Transcript } from "./types";

export const EMPTY: Transcript = {
  order: [],
  items: new Map(),
  durable: new Map(),
  arriving: [],
  cursor: undefined,
  plan: [],
  durablePlan: [],
  usage: undefined,
  mode: undefined,
  configOptions: undefined,
  commands: [],
  title: undefined,
  retry: undefined,
  unnamed: 0,
};

type Handler<K extends SessionUpdate["sessionUpdate"]> = (
  draft: Draft,
  update: Extract<SessionUpdate, { sessionUpdate: K }>,
  now: number,
) => string | undefined;

type Handlers = { [K in SessionUpdate["sessionUpdate"]]?: Handler<K> };

/** Each handler returns the id of the item that it touched, if any. */
const handlers: Handlers = {
  user_message_chunk: (draft, update) => applyChunk(draft, "user", update),
  agent_message_chunk: (draft, update) => applyChunk(draft, "agent", update),
  agent_thought_chunk: (draft, update) => applyChunk(draft, "thought", update),
  tool_call: applyToolCall,
  tool_call_update: applyToolCallUpdate,
  plan(draft, update) {
    draft.plan = update.entries;
    return undefined;
  },
  usage_update(draft, update) {
    if (typeof update.used === "number" && typeof update.size === "number") {
      draft.usage = { used: update.used, size: update.size };
    }
    return undefined;
  },
  current_mode_update(draft, update) {
    draft.mode = update.currentModeId;
    return undefined;
  },
  config_option_update(draft, update) {
    draft.configOptions = update.configOptions;
    return undefined;
  },
  available_commands_update(draft, update) {
    draft.commands = update.availableCommands.map(({ name, description, input }) => ({
      name,
      description,
      hint: input?.hint || undefined,
    }));
    return undefined;
  },
  session_info_update(draft, update) {
    if (typeof update.title === "string") draft.title = update.title;
    const task = update._meta?.[META.task];
    if (task !== undefined)
      return put(draft, taskNotice(task, metaString(update._meta, META.cursor) ?? `${draft.unnamed++}`));
    if (!metaFlag(update._meta, META.interrupted)) return undefined;
    const cursor = metaString(update._meta, META.cursor);
    const id = `interrupted:${cursor ?? draft.unnamed++}`;
    return put(draft, { kind: "interrupted", id, at: metaString(update._meta, META.timestamp) });
  },
  notice(draft, update, now) {
    const retry = readRetry(update, now);
    if (retry) {
      draft.retry = retry;
      return undefined;
    }
    const { severity, title, description } = update;
    return put(draft, {
      kind: "notice",
      id: `notice:${draft.unnamed++}`,
      severity,
      title,
      description: description ?? undefined,
    });
  },
};

/** taskNotice shows that a task in the background has ended. The same end, shown again, is one item. */
function taskNotice(task: unknown, id: string): NoticeItem {
  const { status, summary } = (task ?? {}) as { status?: unknown; summary?: unknown };
  return {
    kind: "notice",
    id: `task:${id}`,
    severity: status === "completed" ? "info" : "warning",
    title: typeof summary === "string" ? summary : "",
  };
}

/** The kinds that show that the model answers again, so that a countdown to a retry is over. */
const PROGRESS = new Set(["agent_message_chunk", "agent_thought_chunk", "tool_call", "tool_call_update"]);

/**
 * applyUpdates is the only way into a transcript: the same updates give the same transcript, in one call or in many.
 * Kinds that it does not know change nothing. `now` is only used for the end of a countdown.
 */
export function applyUpdates(
  state: Transcript,
  updates: readonly SessionUpdate[],
  now: number = Date.now(),
): Transcript {
  if (updates.length === 0) return state;
  const draft = draftOf(state);
  for (const update of updates) {
    const handler = handlers[update.sessionUpdate] as Handler<SessionUpdate["sessionUpdate"]> | undefined;
    const touched = handler?.(draft, update as never, now);
    if (PROGRESS.has(update.sessionUpdate)) draft.retry = undefined;
    commit(draft, update, touched);
  }
  return draft;
}

/** prepend puts an earlier part of the history before a transcript. */
export function prepend(state: Transcript, updates: readonly SessionUpdate[]): Transcript {
  const older = applyUpdates(EMPTY, updates);
  const items = new Map(older.items);
  const durable = new Map(older.durable);
  for (const [id, item] of state.items) items.set(id, joined(older.items.get(id), item));
  for (const [id, item] of state.durable) durable.set(id, joined(older.durable.get(id), item));
  const order = [...older.order, ...state.order.filter((id) => !older.items.has(id))];
  return { ...state, order, items, durable };
}

/** joined is an item of which an earlier part came later: the call of a tool whose result was here already. */
function joined(earlier: Item | undefined, item: Item): Item {
  if (earlier?.kind !== "tool" || item.kind !== "tool") return item;
  const { status, content, output } = item;
  return {
    ...earlier,
    status,
    content: content.length > 0 ? content : earlier.content,
    output: output ?? earlier.output,
  };
}

/** dropAfterCursor forgets what the server has not confirmed as durable; it sends all of that again on a resume. */
export function dropAfterCursor(state: Transcript): Transcript {
  return {
    ...state,
    order: state.order.filter((id) => state.durable.has(id)),
    items: new Map(state.durable),
    arriving: [],
    plan: state.durablePlan,
    retry: undefined,
  };
}

/** withoutRetry ends the countdown, when the turn is over. */
export function withoutRetry(state: Transcript): Transcript {
  return state.retry ? { ...state, retry: undefined } : state;
}
