import clsx from "clsx";
import { memo, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { VisibleText } from "@/ui/VisibleText";
import { type DiffLine, diffOf, type Gap } from "./diff";
import type { Change } from "./read";

const SIGN = { same: " ", added: "+", removed: "−" } as const;

/** DiffView shows a change of one file, with line numbers on both sides and unchanged stretches left out. */
export const DiffView = memo(function DiffView({ change, tall = false }: { change: Change; tall?: boolean }) {
  const { t } = useTranslation();
  const diff = useMemo(() => diffOf(change.oldText, change.newText), [change.oldText, change.newText]);
  return (
    <section
      aria-label={t("diff.label", { path: change.path })}
      className="overflow-hidden rounded-lg border bg-raised"
    >
      <header className="flex items-center gap-3 border-b bg-sunken px-3 py-1.5 font-mono text-xs">
        <span className="min-w-0 flex-1 break-all">
          <VisibleText text={change.path} />
        </span>
        <DiffCount added={diff.added} removed={diff.removed} />
      </header>
      {diff.tooBig && <p className="border-b px-3 py-1.5 text-xs text-soft">{t("diff.tooBig")}</p>}
      {diff.lines.length === 0 && <p className="px-3 py-1.5 text-xs text-soft">{t("diff.none")}</p>}
      <div className={clsx("overflow-auto py-1", tall ? "max-h-[45dvh]" : "max-h-96")} tabIndex={0} role="group">
        <div className="w-max min-w-full font-mono text-[0.78rem] leading-[1.55]">
          {diff.lines.map((line, index) => (
            <Row key={String(index)} line={line} />
          ))}
        </div>
      </div>
    </section>
  );
});

function Row({ line }: { line: DiffLine | Gap }) {
  const { t } = useTranslation();
  if (line.kind === "gap") {
    return <div className="bg-sunken px-3 text-soft">⋯ {t("diff.unchanged", { count: line.count })}</div>;
  }
  return (
    <div
      className={clsx("flex", line.kind === "added" && "bg-good-wash", line.kind === "removed" && "bg-bad-wash")}
      data-diff={line.kind}
    >
      <span className="w-10 shrink-0 pe-2 text-end text-soft select-none" aria-hidden="true">
        {line.oldNumber}
      </span>
      <span className="w-10 shrink-0 pe-2 text-end text-soft select-none" aria-hidden="true">
        {line.newNumber}
      </span>
      <span
        className={clsx("w-4 shrink-0", line.kind === "added" && "text-good", line.kind === "removed" && "text-bad")}
      >
        {SIGN[line.kind]}
      </span>
      <span className="pe-3 whitespace-pre">
        <VisibleText text={line.text} />
      </span>
    </div>
  );
}

export function DiffCount({ added, removed }: { added: number; removed: number }) {
  const { t } = useTranslation();
  return (
    <span className="shrink-0 font-mono text-xs">
      <span className="text-good" title={t("diff.added", { count: added })}>
        +{added}
      </span>{" "}
      <span className="text-bad" title={t("diff.removed", { count: removed })}>
        −{removed}
      </span>
    </span>
  );
}
