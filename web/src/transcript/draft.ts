import { META, metaString } from "@/acp/meta";
import type { SessionUpdate } from "@/acp/types";
import type { Item, Transcript } from "./types";

/** Draft is a transcript under construction: its own copies of the collections, shared items. */
export type Draft = { -readonly [K in keyof Transcript]: Transcript[K] } & {
  order: string[];
  items: Map<string, Item>;
  durable: Map<string, Item>;
  arriving: string[];
};

export function draftOf(state: Transcript): Draft {
  return {
    ...state,
    order: [...state.order],
    items: new Map(state.items),
    durable: new Map(state.durable),
    arriving: [...state.arriving],
  };
}

/** put adds an item at the end, or replaces the one with the same id where it stands. Returns the id. */
export function put(draft: Draft, item: Item): string {
  if (!draft.items.has(item.id)) draft.order.push(item.id);
  draft.items.set(item.id, item);
  return item.id;
}

/**
 * commit notes what became durable. Updates of a record carry its time; the last one carries the cursor as well. A
 * message counts as durable only by its own cursor: while a record about something else arrives, a message may be
 * in flight, and its half must not be kept, because the server sends it whole after a cut.
 */
export function commit(draft: Draft, update: SessionUpdate, touched: string | undefined) {
  const cursor = metaString(update._meta, META.cursor);
  const ofRecord = cursor !== undefined || metaString(update._meta, META.timestamp) !== undefined;
  if (touched !== undefined && ofRecord) draft.arriving.push(touched);
  if (cursor === undefined) return;
  for (const id of draft.arriving) {
    const item = draft.items.get(id);
    if (item && (item.kind !== "message" || id === touched)) draft.durable.set(id, item);
  }
  if (update.sessionUpdate === "plan") draft.durablePlan = draft.plan;
  draft.arriving = [];
  draft.cursor = cursor;
}
