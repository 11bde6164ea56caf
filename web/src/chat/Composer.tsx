import { type ReactNode, type RefObject, useLayoutEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ContentBlock } from "@/acp/types";
import { isMac, sends } from "@/lib/keys";
import { useSettings } from "@/settings/settings";
import type { Command } from "@/transcript/types";
import { AttachmentStrip } from "./AttachmentStrip";
import { AttachButton, SendButton } from "./ComposerButtons";
import { imageFiles } from "./images";
import { CommandHint, SlashMenu } from "./SlashMenu";
import { typedCommand } from "./slash";
import { useAttachments } from "./useAttachments";
import { useDraft } from "./useDraft";
import { pressOf, useSlashMenu } from "./useSlashMenu";

interface ComposerProps {
  /** Names the draft: the session's id. */
  draftKey: string;
  busy: boolean;
  input: RefObject<HTMLTextAreaElement | null>;
  onSend(prompt: ContentBlock[]): void;
  onStop(): void;
  /** Choices on the left, the context gauge on the right. */
  options?: ReactNode;
  gauge?: ReactNode;
  disabled?: boolean;
  /** The slash commands that may be given here. */
  commands?: readonly Command[];
}

const NONE: readonly Command[] = [];

/** Composer is where the person writes. */
export function Composer({
  draftKey,
  busy,
  input,
  onSend,
  onStop,
  options,
  gauge,
  disabled,
  commands = NONE,
}: ComposerProps) {
  const { t } = useTranslation();
  const { enter } = useSettings();
  const [text, setText] = useDraft(draftKey);
  const images = useAttachments(draftKey);
  const menu = useSlashMenu({ text, commands, enter, onText: setText });
  const [dragging, setDragging] = useState(false);
  useGrowing(input, text);
  const empty = text.trim() === "" && images.list.length === 0;

  const send = () => {
    if (empty || disabled) return;
    const blocks: ContentBlock[] = images.list.map((a) => a.block);
    if (text.trim() !== "") blocks.push({ type: "text", text: text.trimEnd() });
    onSend(blocks);
    setText("");
    images.clear();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way to attach; the button is there for all.
    <div
      className={`relative rounded-2xl border bg-raised shadow-sm transition focus-within:border-soft ${dragging ? "border-accent ring-2 ring-accent/40" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDragging(false);
        void images.add(imageFiles(event.dataTransfer.files));
      }}
    >
      <SlashMenu menu={menu} />
      <AttachmentStrip images={images} />
      <textarea
        {...menu.field}
        ref={input}
        rows={1}
        aria-label={t("composer.label")}
        placeholder={busy ? t("composer.placeholderBusy") : t("composer.placeholder")}
        className="block max-h-[40dvh] w-full resize-none bg-transparent px-4 pt-3 pb-1 text-base outline-none placeholder:text-soft sm:text-[0.9375rem]"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onPaste={(event) => {
          const files = imageFiles(event.clipboardData.files);
          if (files.length === 0) return;
          event.preventDefault();
          void images.add(files);
        }}
        onKeyDown={(event) => {
          const forMenu = menu.onKey(event);
          const sent = !forMenu && sends({ ...pressOf(event), isComposing: event.nativeEvent.isComposing }, enter);
          if (forMenu || sent) event.preventDefault();
          if (sent) send();
        }}
      />
      <CommandHint command={typedCommand(commands, text)} />
      <div className="flex items-center gap-1 px-2 pb-2">
        <AttachButton onFiles={(files) => void images.add(files)} />
        <div className="flex min-w-0 flex-1 items-center gap-1 overflow-x-auto">{options}</div>
        {gauge}
        <SendButton busy={busy} empty={empty} disabled={disabled ?? false} onSend={send} onStop={onStop} />
      </div>
      <p className="sr-only">
        {enter === "send" ? t("composer.hintSend") : t("composer.hintNewline", { key: isMac ? "⌘" : "Ctrl" })}
      </p>
    </div>
  );
}

function useGrowing(input: RefObject<HTMLTextAreaElement | null>, text: string) {
  useLayoutEffect(() => {
    const element = input.current;
    if (!element) return;
    element.style.height = "auto";
    // An empty field counts its placeholder, which may wrap on a phone.
    if (text !== "") element.style.height = `${element.scrollHeight}px`;
  }, [text, input]);
}
