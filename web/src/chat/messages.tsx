import clsx from "clsx";
import { Brain, ChevronRight, CircleAlert, CircleSlash, Info, Undo2 } from "lucide-react";
import { memo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ContentBlock } from "@/acp/types";
import { useToggle } from "@/lib/toggle";
import { Markdown } from "@/markdown/Markdown";
import { useSettings } from "@/settings/settings";
import type { MessageItem, NoticeItem } from "@/transcript/types";
import { CopyButton } from "@/ui/CopyButton";
import { IconButton } from "@/ui/IconButton";

interface UserMessageProps extends Pick<MessageItem, "text" | "extras"> {
  /** Given where the conversation may go back to before this message. */
  onBack?: ((id: string) => void) | undefined;
  id?: string;
}

export const UserMessage = memo(function UserMessage({ id, text, extras, onBack }: UserMessageProps) {
  const { t } = useTranslation();
  return (
    <div className="group flex items-end justify-end gap-1" data-message="user">
      {id && onBack && (
        <IconButton
          small
          label={t("message.back")}
          className="mb-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100"
          onClick={() => onBack(id)}
        >
          <Undo2 size={14} />
        </IconButton>
      )}
      <div className="max-w-[88%] rounded-2xl rounded-ee-md border bg-panel px-4 py-2.5 sm:max-w-[78%]">
        <span className="sr-only">{t("message.you")}: </span>
        <Extras blocks={extras} />
        <FoldedText text={text} />
      </div>
    </div>
  );
});

const FOLD_LINES = 16;
const FOLD_LENGTH = 1600;

/** FoldedText shows the beginning of a long text, and all of it on demand. */
function FoldedText({ text }: { text: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const long = text.length > FOLD_LENGTH || text.split("\n").length > FOLD_LINES;
  return (
    <>
      <p className={clsx("break-words whitespace-pre-wrap", long && !open && "line-clamp-[12]")}>{text}</p>
      {long && (
        <button type="button" className="mt-1 text-sm text-accent underline" onClick={() => setOpen(!open)}>
          {open ? t("common.less") : t("common.more")}
        </button>
      )}
    </>
  );
}

function Extras({ blocks }: { blocks: readonly ContentBlock[] }) {
  const { t } = useTranslation();
  if (blocks.length === 0) return null;
  return (
    <div className="mb-2 flex flex-wrap gap-2">
      {blocks.map((block, index) =>
        block.type === "image" ? (
          <img
            key={String(index)}
            src={`data:${block.mimeType};base64,${block.data}`}
            alt={t("message.image")}
            className="max-h-48 max-w-full rounded-lg border"
          />
        ) : (
          <span key={String(index)} className="rounded-lg border bg-raised px-2 py-1 text-xs">
            {block.type === "resource_link" ? block.name : t("message.file")}
          </span>
        ),
      )}
    </div>
  );
}

export const AgentMessage = memo(function AgentMessage({ item, streaming }: { item: MessageItem; streaming: boolean }) {
  const { t } = useTranslation();
  if (item.error) return <ErrorMessage text={item.text} />;
  return (
    <div className="group relative" data-message="agent">
      <span className="sr-only">{t("message.agent")}: </span>
      <Markdown text={item.text} streaming={streaming} />
      {item.aborted && <BrokenOff />}
      {!streaming && (
        <div className="absolute -end-1 -bottom-6 z-10 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100">
          <CopyButton text={item.text} label={t("message.copy")} />
        </div>
      )}
    </div>
  );
});

function BrokenOff() {
  const { t } = useTranslation();
  return (
    <p className="mt-2 flex items-center gap-2 text-sm text-warn">
      <CircleSlash size={15} aria-hidden="true" />
      {t("message.aborted")}
    </p>
  );
}

export function ErrorMessage({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <div className="flex gap-2.5 rounded-xl border border-bad/40 bg-bad-wash px-4 py-3 text-sm text-bad">
      <CircleAlert size={17} className="mt-0.5 shrink-0" aria-label={t("message.error")} />
      <p className="min-w-0 break-words whitespace-pre-wrap">{text}</p>
    </div>
  );
}

export const Thought = memo(function Thought({ item, streaming }: { item: MessageItem; streaming: boolean }) {
  const { t } = useTranslation();
  const { thinkingFolded } = useSettings();
  const [open, setOpen] = useToggle(`thought:${item.id}`, !thinkingFolded);
  return (
    <div className="text-sm" data-message="thought">
      <button
        type="button"
        className="flex items-center gap-2 rounded-lg px-2 py-1 text-soft hover:bg-hover hover:text-ink"
        onClick={() => setOpen(!open)}
        aria-expanded={open}
      >
        <Brain size={15} aria-hidden="true" />
        {streaming ? t("message.thinking") : t("message.thought")}
        <ChevronRight size={14} className={clsx("transition-transform", open && "rotate-90")} aria-hidden="true" />
      </button>
      {open && (
        <p className="mt-1 ms-4 border-s-2 ps-3 break-words whitespace-pre-wrap text-soft">{item.text.trim()}</p>
      )}
    </div>
  );
});

export function InterruptedMark() {
  const { t } = useTranslation();
  return (
    <p className="flex items-center gap-2 px-2 text-sm text-warn">
      <CircleSlash size={15} aria-hidden="true" />
      {t("message.interrupted")}
    </p>
  );
}

const NOTICE_LOOKS: Record<string, string> = { error: "text-bad", warning: "text-warn" };

export function Notice({ item }: { item: NoticeItem }) {
  return (
    <div className={clsx("flex gap-2 px-2 text-sm", NOTICE_LOOKS[item.severity] ?? "text-soft")}>
      <Info size={15} className="mt-1 shrink-0" aria-hidden="true" />
      <p className="min-w-0 break-words">
        {item.title}
        {item.description && <span className="block text-soft">{item.description}</span>}
      </p>
    </div>
  );
}
