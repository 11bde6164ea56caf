import type { LucideIcon } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { isComposing } from "@/lib/keys";

interface AskCardProps {
  /** Names the request: another one takes the focus again. */
  id: string;
  testId: string;
  icon: LucideIcon;
  title: string;
  /** Stands before the title. */
  chip?: string | undefined;
  /** How many more requests wait behind this one. */
  more: number;
  /** What Ctrl+Enter or ⌘+Enter means here. */
  onConfirm: (() => void) | undefined;
  children: ReactNode;
}

/** AskCard is the frame of everything that the agent asks the person: it takes the focus and the key that confirms. */
export function AskCard({ id, testId, icon: Icon, title, chip, more, onConfirm, children }: AskCardProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new id is a new card.
  useEffect(() => {
    if (!writes()) box.current?.focus({ preventScroll: true });
  }, [id]);
  const onKeyDown = (event: KeyboardEvent) => {
    const confirms = event.key === "Enter" && (event.metaKey || event.ctrlKey) && !isComposing(event.nativeEvent);
    if (!confirms || !onConfirm || event.target instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    onConfirm();
  };
  return (
    <section
      ref={box}
      tabIndex={-1}
      aria-label={title}
      data-testid={testId}
      className="mb-2 max-h-[75dvh] space-y-2.5 overflow-y-auto rounded-2xl border-2 border-warn/50 bg-panel p-3.5 shadow-lg"
      onKeyDown={onKeyDown}
    >
      <header className="flex items-center gap-2">
        <Icon size={18} className="shrink-0 text-warn" aria-hidden="true" />
        {chip && (
          <span className="max-w-[40%] shrink-0 truncate rounded-full border bg-raised px-2 text-xs leading-5 text-soft">
            {chip}
          </span>
        )}
        <h2 className="min-w-0 flex-1 text-sm font-semibold">{title}</h2>
        {more > 0 && <span className="text-xs text-soft">{t("permission.another", { count: more })}</span>}
      </header>
      {children}
    </section>
  );
}

/** writes is true while the person is in the middle of writing: then a card does not take the focus. */
function writes(): boolean {
  const { activeElement } = document;
  const isField = activeElement instanceof HTMLTextAreaElement || activeElement instanceof HTMLInputElement;
  return isField && activeElement.value !== "";
}
