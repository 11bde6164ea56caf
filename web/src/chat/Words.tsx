import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { isComposing } from "@/lib/keys";
import { Button } from "@/ui/Button";
import { inputClass } from "@/ui/Field";

interface WordsProps {
  label: string;
  send: string;
  danger?: boolean;
  /** It may be sent without a word. */
  optional?: boolean;
  onSend(words: string): void;
  onCancel(): void;
}

/** Words takes what the person says with a refusal. */
export function Words({ label, send, danger, optional = false, onSend, onCancel }: WordsProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (optional || text.trim()) onSend(text.trim());
  };
  return (
    <form onSubmit={submit} className="space-y-2">
      <WordsField label={label} autoFocus value={text} onChange={setText} onEnter={submit} onEscape={onCancel} />
      <div className="flex gap-2">
        <Button type="submit" look={danger ? "danger" : "primary"} disabled={!optional && !text.trim()}>
          {send}
        </Button>
        <Button look="plain" onClick={onCancel}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}

interface WordsFieldProps {
  label: string;
  autoFocus: boolean;
  value: string;
  onChange(value: string): void;
  onEnter(): void;
  onEscape(): void;
}

/** WordsField is a field that Enter sends; Escape gives up the field and does not stop the turn. */
export function WordsField({ label, autoFocus, value, onChange, onEnter, onEscape }: WordsFieldProps) {
  return (
    <textarea
      // biome-ignore lint/a11y/noAutofocus: the person just asked for this field.
      autoFocus={autoFocus}
      rows={2}
      aria-label={label}
      placeholder={label}
      className={inputClass}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (isComposing(event.nativeEvent)) return;
        if (event.key === "Escape") {
          event.preventDefault();
          event.stopPropagation();
          onEscape();
        } else if (event.key === "Enter" && !event.shiftKey) {
          event.preventDefault();
          onEnter();
        }
      }}
    />
  );
}
