import type { PermissionOption } from "@agentclientprotocol/sdk";
import type { TFunction } from "i18next";
import { ShieldQuestion } from "lucide-react";
import { type FormEvent, type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isComposing, isMac } from "@/lib/keys";
import { hidesAnything } from "@/lib/visible";
import { useHub } from "@/session/context";
import type { PermissionCard as Card, SessionView } from "@/session/store";
import { viewOf } from "@/tools/registry";
import { applyUpdates } from "@/transcript/reducer";
import { toolId } from "@/transcript/toolcall";
import type { ToolItem } from "@/transcript/types";
import { Button } from "@/ui/Button";
import { inputClass } from "@/ui/Field";

interface PermissionCardProps {
  card: Card;
  view: SessionView;
  cwd: string;
  more: number;
  onAnswered(): void;
}

/** PermissionCard asks about one tool call, shows the whole of it, and takes the answer. */
export function PermissionCard({ card, view, cwd, more, onAnswered }: PermissionCardProps) {
  const { t } = useTranslation();
  const hub = useHub();
  const box = useRef<HTMLElement>(null);
  const tool = useMemo(() => toolOf(card, view), [card, view]);
  const { Ask, question } = viewOf(tool);
  useFocusOnArrival(box, card.key);
  const answer = (optionId: string, message?: string) => {
    hub.permissions.answer(card.key, optionId, message);
    onAnswered();
  };
  const allowOnce = card.options.find((o) => o.kind === "allow_once");
  const onKeyDown = (event: KeyboardEvent) => {
    const confirms = event.key === "Enter" && (event.metaKey || event.ctrlKey) && !isComposing(event.nativeEvent);
    if (!confirms || !allowOnce || event.target instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    answer(allowOnce.optionId);
  };
  return (
    <section
      ref={box}
      tabIndex={-1}
      aria-label={t(`permission.${question}`)}
      data-testid="permission-card"
      className="mb-2 space-y-2.5 rounded-2xl border-2 border-warn/50 bg-panel p-3.5 shadow-lg"
      onKeyDown={onKeyDown}
    >
      <header className="flex items-center gap-2">
        <ShieldQuestion size={18} className="shrink-0 text-warn" aria-hidden="true" />
        <h2 className="min-w-0 flex-1 text-sm font-semibold">{t(`permission.${question}`)}</h2>
        {more > 0 && <span className="text-xs text-soft">{t("permission.another", { count: more })}</span>}
      </header>
      <Ask tool={tool} cwd={cwd} />
      {hidesAnything(tool.input) && <p className="text-xs text-warn">{t("permission.hidden")}</p>}
      <Answers card={card} onAnswer={answer} />
      <p className="hidden text-xs text-soft sm:block">{t("permission.confirmHint", { key: isMac ? "⌘" : "Ctrl" })}</p>
    </section>
  );
}

interface AnswersProps {
  card: Card;
  onAnswer(optionId: string, message?: string): void;
}

const LABELS: Record<string, "allowOnce" | "allowAlways" | "deny"> = {
  allow_once: "allowOnce",
  allow_always: "allowAlways",
  reject_once: "deny",
};

function Answers({ card, onAnswer }: AnswersProps) {
  const { t } = useTranslation();
  const [explaining, setExplaining] = useState(false);
  const deny = card.options.find((o) => o.kind === "reject_once");
  if (explaining && deny) {
    return <Explain onSend={(message) => onAnswer(deny.optionId, message)} onCancel={() => setExplaining(false)} />;
  }
  const always = card.options.find((o) => o.kind === "allow_always");
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {card.options.map((option) => {
          const label = LABELS[option.kind];
          return (
            <Button
              key={option.optionId}
              look={option.kind === "allow_once" ? "primary" : "quiet"}
              title={option.name}
              onClick={() => onAnswer(option.optionId)}
            >
              {label ? t(`permission.${label}`) : option.name}
            </Button>
          );
        })}
        {deny && (
          <Button look="plain" onClick={() => setExplaining(true)}>
            {t("permission.denyWith")}
          </Button>
        )}
      </div>
      {always && <p className="text-xs break-words text-soft">{t("permission.rule", { rule: ruleOf(always, t) })}</p>}
    </>
  );
}

/** What "always" would save, in the person's language where the server names a rule that this page knows. */
function ruleOf(option: PermissionOption, t: TFunction): string {
  const rule = option._meta?.["agentchat/rule"];
  return rule === "edits" || rule === "command" ? t(`permission.rules.${rule}`) : option.name;
}

function Explain({ onSend, onCancel }: { onSend(message: string): void; onCancel(): void }) {
  const { t } = useTranslation();
  const [message, setMessage] = useState("");
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (message.trim()) onSend(message.trim());
  };
  return (
    <form onSubmit={submit} className="space-y-2">
      <textarea
        // biome-ignore lint/a11y/noAutofocus: the person just asked for this field.
        autoFocus
        rows={2}
        aria-label={t("permission.denyLabel")}
        placeholder={t("permission.denyLabel")}
        className={inputClass}
        value={message}
        onChange={(event) => setMessage(event.target.value)}
        onKeyDown={(event) => {
          if (isComposing(event.nativeEvent)) return;
          if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            onCancel();
          } else if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            submit();
          }
        }}
      />
      <div className="flex gap-2">
        <Button type="submit" look="danger" disabled={!message.trim()}>
          {t("permission.denySend")}
        </Button>
        <Button look="plain" onClick={onCancel}>
          {t("common.cancel")}
        </Button>
      </div>
    </form>
  );
}

/** toolOf is the call as the request describes it, on top of what the conversation knows of it. */
function toolOf(card: Card, view: SessionView): ToolItem {
  const update = { ...card.toolCall, sessionUpdate: "tool_call_update" as const };
  const id = toolId(card.toolCall.toolCallId);
  return applyUpdates(view.transcript, [update]).items.get(id) as ToolItem;
}

/** useFocusOnArrival moves the focus to a new card, unless the person is in the middle of writing. */
function useFocusOnArrival(box: RefObject<HTMLElement | null>, key: string) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new key is a new card.
  useEffect(() => {
    const { activeElement } = document;
    const writes =
      (activeElement instanceof HTMLTextAreaElement || activeElement instanceof HTMLInputElement) &&
      activeElement.value !== "";
    if (!writes) box.current?.focus({ preventScroll: true });
  }, [key, box]);
}
