import { Clock, Pencil, SendHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ContentBlock } from "@/acp/types";
import { useHub } from "@/session/context";
import type { SessionStore } from "@/session/store";
import { IconButton } from "@/ui/IconButton";

interface QueuedProps {
  store: SessionStore;
  promptId: string;
  prompt: ContentBlock[];
  turnRuns: boolean;
  onEdit(prompt: ContentBlock[]): void;
}

/** Queued is a prompt that waits for the turn before it. It can be sent into the turn, edited and removed. */
export function Queued({ store, promptId, prompt, turnRuns, onEdit }: QueuedProps) {
  const { t } = useTranslation();
  const hub = useHub();
  const [soon, setSoon] = useState(false);
  const remove = () => hub.removeQueued(store, promptId).catch(() => undefined);
  const edit = async () => {
    await remove();
    onEdit(prompt);
  };
  const send = () => {
    setSoon(true);
    hub.sendQueued(store, promptId).catch(() => setSoon(false)); // It waits on, or has gone in meanwhile.
  };
  return (
    <div className="ms-auto w-fit max-w-[88%] rounded-2xl border border-dashed px-4 py-2 sm:max-w-[78%]" data-queued>
      <div className="flex items-center gap-2 text-xs text-soft">
        <Clock size={13} aria-hidden="true" />
        <span className="flex-1">{soon && turnRuns ? t("queue.soon") : t("queue.title", { count: 1 })}</span>
        {turnRuns && (
          <IconButton small label={t("queue.send")} disabled={soon} onClick={send}>
            <SendHorizontal size={13} />
          </IconButton>
        )}
        <IconButton small label={t("queue.edit")} onClick={() => void edit()}>
          <Pencil size={13} />
        </IconButton>
        <IconButton small label={t("queue.remove")} onClick={() => void remove()}>
          <Trash2 size={13} />
        </IconButton>
      </div>
      <p className="break-words whitespace-pre-wrap">{textOfPrompt(prompt)}</p>
    </div>
  );
}

/** textOfPrompt is what was written, without what was attached. */
export function textOfPrompt(prompt: ContentBlock[]): string {
  return prompt.flatMap((b) => (b.type === "text" ? [b.text] : [])).join("\n");
}
