import clsx from "clsx";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useToggle } from "@/lib/toggle";
import { plainOutput } from "@/lib/visible";
import { VisibleText } from "@/ui/VisibleText";
import { lineCount } from "./read";

/** Verb and Subject are the two halves of a tool call's line. */
export function Verb({ children }: { children: ReactNode }) {
  return <span className="shrink-0 font-medium">{children}</span>;
}

export function Subject({ text, code = true }: { text: string; code?: boolean }) {
  const firstLine = text.trim().split("\n", 1)[0] ?? "";
  const shown = firstLine.length < text.trim().length ? `${firstLine} …` : firstLine;
  return (
    <span className={clsx("min-w-0 truncate text-soft", code && "font-mono text-[0.8125rem]")}>
      <VisibleText text={shown.slice(0, 300)} />
    </span>
  );
}

export function Note({ children }: { children: ReactNode }) {
  return <span className="shrink-0 text-xs text-soft">{children}</span>;
}

interface FoldProps {
  id: string;
  label: string;
  /** How it is at first. */
  open: boolean;
  /** As high as what is in it, which is not indented any further. */
  whole?: boolean;
  children: ReactNode;
}

/** Fold is a part of the details that opens and closes. */
export function Fold({ id, label, open: initially, whole = false, children }: FoldProps) {
  const [open, setOpen] = useToggle(`fold:${id}`, initially);
  return (
    <div>
      <button
        type="button"
        className="flex items-center gap-1.5 rounded-lg py-1 pe-2 text-xs text-soft hover:text-ink"
        onClick={() => setOpen(!open)}
        aria-expanded={open}
      >
        <ChevronRight size={13} className={clsx("transition-transform", open && "rotate-90")} aria-hidden="true" />
        {label}
      </button>
      {open && (
        <div
          role="group"
          aria-label={label}
          tabIndex={whole ? undefined : 0}
          className={whole ? "min-w-0 pb-2 sm:ps-2" : "max-h-96 overflow-auto ps-5 pb-2"}
        >
          {children}
        </div>
      )}
    </div>
  );
}

const FOLDED_LINES = 12;

/** Output shows what a command printed: its last lines, and all of it on demand. */
export function Output({ text, id, failed = false }: { text: string; id: string; failed?: boolean }) {
  const { t } = useTranslation();
  const [all, setAll] = useToggle(`output:${id}`, false);
  const clean = useMemo(() => plainOutput(text).replace(/\n$/, ""), [text]);
  const lines = useMemo(() => clean.split("\n"), [clean]);
  if (clean === "") return <p className="px-3 py-2 text-xs text-soft">{t("tool.noOutput")}</p>;
  const long = lines.length > FOLDED_LINES;
  return (
    <div>
      <pre
        className={clsx(
          "max-h-96 overflow-auto px-3 py-2 font-mono text-[0.78rem] leading-[1.55] whitespace-pre-wrap break-words",
          failed && "text-bad",
        )}
        tabIndex={0}
      >
        {all || !long ? clean : lines.slice(-FOLDED_LINES).join("\n")}
      </pre>
      {long && (
        <button
          type="button"
          className="w-full border-t px-3 py-1.5 text-start text-xs text-soft hover:bg-hover hover:text-ink"
          onClick={() => setAll(!all)}
          aria-expanded={all}
        >
          {all ? t("tool.fewerLines") : t("tool.moreLines", { count: lines.length })}
        </button>
      )}
    </div>
  );
}

/** WholeText shows a text in full, whatever it contains, and says how many lines that is. */
export function WholeText({ text, prompt }: { text: string; prompt?: string }) {
  const { t } = useTranslation();
  const count = lineCount(text);
  return (
    <div className="overflow-hidden rounded-lg border bg-raised">
      <pre
        className="max-h-[40dvh] overflow-auto px-3 py-2 font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap break-all"
        data-testid="permission-subject"
        tabIndex={0}
      >
        {prompt && <span className="text-soft select-none">{prompt} </span>}
        <VisibleText text={text} />
      </pre>
      {count > 1 && <p className="border-t px-3 py-1 text-xs text-soft">{t("permission.lines", { count })}</p>}
    </div>
  );
}
