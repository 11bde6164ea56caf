import { ArrowUp, ImagePlus, Square } from "lucide-react";
import {
  type KeyboardEvent as ReactKeyboardEvent,
  type ReactNode,
  type RefObject,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import type { ContentBlock } from "@/acp/types";
import { isMac, sends } from "@/lib/keys";
import { useSettings } from "@/settings/settings";
import { IconButton } from "@/ui/IconButton";
import { AttachmentStrip } from "./AttachmentStrip";
import { imageFiles } from "./images";
import { useAttachments } from "./useAttachments";
import { useDraft } from "./useDraft";

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
}

/** Composer is where the person writes. */
export function Composer({ draftKey, busy, input, onSend, onStop, options, gauge, disabled }: ComposerProps) {
  const { t } = useTranslation();
  const { enter } = useSettings();
  const [text, setText] = useDraft(draftKey);
  const images = useAttachments();
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
      className={`rounded-2xl border bg-raised shadow-sm transition focus-within:border-soft ${dragging ? "border-accent ring-2 ring-accent/40" : ""}`}
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
      <AttachmentStrip images={images} />
      <textarea
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
          if (!sends({ ...pick(event), isComposing: event.nativeEvent.isComposing }, enter)) return;
          event.preventDefault();
          send();
        }}
      />
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

function pick({ key, keyCode, shiftKey, ctrlKey, metaKey, altKey }: ReactKeyboardEvent) {
  return { key, keyCode, shiftKey, ctrlKey, metaKey, altKey };
}

interface SendButtonProps {
  busy: boolean;
  empty: boolean;
  disabled: boolean;
  onSend(): void;
  onStop(): void;
}

function SendButton({ busy, empty, disabled, onSend, onStop }: SendButtonProps) {
  const { t } = useTranslation();
  const stops = busy && empty;
  return (
    <IconButton
      label={stops ? t("composer.stop") : t("composer.send")}
      className="ms-1"
      filled
      disabled={!stops && (empty || disabled)}
      onClick={stops ? onStop : onSend}
    >
      {stops ? <Square size={15} fill="currentColor" /> : <ArrowUp size={19} />}
    </IconButton>
  );
}

function AttachButton({ onFiles }: { onFiles(files: File[]): void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label={t("composer.attach")} onClick={() => input.current?.click()}>
        <ImagePlus size={18} />
      </IconButton>
      <input
        ref={input}
        type="file"
        accept="image/*"
        multiple
        hidden
        onChange={(event) => {
          onFiles(imageFiles(event.target.files));
          event.target.value = "";
        }}
      />
    </>
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
