import { META, metaString } from "@/acp/meta";
import type { SessionUpdate } from "@/acp/types";
import { type Draft, put } from "./draft";
import type { ToolItem } from "./types";

type ToolCall = Extract<SessionUpdate, { sessionUpdate: "tool_call" }>;
type ToolCallUpdate = Extract<SessionUpdate, { sessionUpdate: "tool_call_update" }>;

/** applyToolCall begins a call, or takes the place of what was known of it: a call in progress may be sent whole again. */
export function applyToolCall(draft: Draft, update: ToolCall): string {
  const known = toolAt(draft, update.toolCallId);
  return put(draft, {
    kind: "tool",
    id: toolId(update.toolCallId),
    name: nameOf(update) ?? known?.name ?? "",
    title: update.title || known?.title || "",
    toolKind: update.kind ?? known?.toolKind,
    status: update.status ?? "pending",
    content: update.content ?? [],
    locations: update.locations ?? [],
    input: update.rawInput ?? known?.input,
    output: update.rawOutput,
    boundary: metaString(update._meta, META.boundary) ?? known?.boundary,
    at: known?.at ?? metaString(update._meta, META.timestamp),
  });
}

/** applyToolCallUpdate changes the members that the update names and leaves the others. */
export function applyToolCallUpdate(draft: Draft, update: ToolCallUpdate): string {
  const known = toolAt(draft, update.toolCallId) ?? blank(update.toolCallId);
  return put(draft, {
    ...known,
    name: nameOf(update) ?? known.name,
    title: update.title || known.title,
    toolKind: update.kind ?? known.toolKind,
    status: update.status ?? known.status,
    content: update.content ?? known.content,
    locations: update.locations ?? known.locations,
    input: update.rawInput ?? known.input,
    output: update.rawOutput ?? known.output,
    boundary: metaString(update._meta, META.boundary) ?? known.boundary,
    at: known.at ?? metaString(update._meta, META.timestamp),
  });
}

const PREFIX = "tool:";

/** toolId keeps the ids of tool calls apart from those of messages. */
export function toolId(toolCallId: string): string {
  return PREFIX + toolCallId;
}

/** callIdOf is the id by which the server knows a call. */
export function callIdOf({ id }: ToolItem): string {
  return id.slice(PREFIX.length);
}

function toolAt(draft: Draft, toolCallId: string): ToolItem | undefined {
  const item = draft.items.get(toolId(toolCallId));
  return item?.kind === "tool" ? item : undefined;
}

function nameOf(update: ToolCall | ToolCallUpdate): string | undefined {
  return update.name || metaString(update._meta, META.toolName);
}

function blank(toolCallId: string): ToolItem {
  return {
    kind: "tool",
    id: toolId(toolCallId),
    name: "",
    title: "",
    toolKind: undefined,
    status: "pending",
    content: [],
    locations: [],
    input: undefined,
    output: undefined,
  };
}
