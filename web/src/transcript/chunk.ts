import { META, metaFlag, metaString } from "@/acp/meta";
import type { SessionUpdate } from "@/acp/types";
import { type Draft, put } from "./draft";
import type { MessageItem } from "./types";

type Chunk = Extract<
  SessionUpdate,
  { sessionUpdate: "user_message_chunk" | "agent_message_chunk" | "agent_thought_chunk" }
>;

/** applyChunk appends to the message that the chunk names, or begins it. */
export function applyChunk(draft: Draft, role: MessageItem["role"], update: Chunk): string {
  const id = update.messageId ?? unnamedId(draft, role);
  const known = draft.items.get(id);
  const base: MessageItem =
    known?.kind === "message" ? known : { kind: "message", id, role, text: "", extras: [], at: undefined };
  const { content, _meta } = update;
  return put(draft, {
    ...base,
    text: content.type === "text" ? base.text + content.text : base.text,
    extras: content.type === "text" ? base.extras : [...base.extras, content],
    at: base.at ?? metaString(_meta, META.timestamp),
    promptId: base.promptId ?? metaString(_meta, META.promptId),
    error: base.error || metaFlag(_meta, META.error) || undefined,
    aborted: base.aborted || metaFlag(_meta, META.aborted) || undefined,
  });
}

/** unnamedId continues the last message when it is of the same role and had no id either. */
function unnamedId(draft: Draft, role: MessageItem["role"]): string {
  const last = draft.order.at(-1);
  if (last?.startsWith(`unnamed:${role}:`)) return last;
  return `unnamed:${role}:${draft.unnamed++}`;
}
