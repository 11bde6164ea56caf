import type { ContentBlock } from "@/acp/types";
import type { SessionView } from "@/session/store";
import { addAttachments } from "./useAttachments";
import { addToDraft } from "./useDraft";

/** putBack gives a message back to the composer, before what is being written there. */
export function putBack(key: string, text: string, blocks: readonly ContentBlock[]) {
  addToDraft(key, text);
  addAttachments(key, blocks);
}

/** attachedTo is what was attached to a message that is shown. */
export function attachedTo({ past, transcript }: SessionView, messageId: string): readonly ContentBlock[] {
  const item = past?.transcript.items.get(messageId) ?? transcript.items.get(messageId);
  return item?.kind === "message" ? item.extras : [];
}
