import clsx from "clsx";
import { ChevronRight, Shield } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useToggle } from "@/lib/toggle";
import { wasDenied } from "@/tools/read";
import { viewOf } from "@/tools/registry";
import type { ToolItem } from "@/transcript/types";

export type Outcome = "pending" | "running" | "done" | "failed" | "denied" | "unfinished";

/** outcomeOf puts a call's state into a word; a call that never ended in a turn that did is unfinished. */
export function outcomeOf(tool: ToolItem, turnRuns: boolean): Outcome {
  if (tool.status === "completed") return "done";
  if (tool.status === "failed") return wasDenied(tool) ? "denied" : "failed";
  if (!turnRuns) return "unfinished";
  return tool.status === "in_progress" ? "running" : "pending";
}

const LOOKS: Record<Outcome, string> = {
  pending: "text-soft",
  running: "text-accent",
  done: "text-good",
  failed: "text-bad",
  denied: "text-warn",
  unfinished: "text-soft",
};

/** What tools wait for that need no permission. */
const WAITS: Record<string, "question" | "plan"> = { AskUserQuestion: "question", ExitPlanMode: "plan" };

interface ToolRowProps {
  tool: ToolItem;
  cwd: string;
  turnRuns: boolean;
  waits: boolean;
}

/** ToolRow is one tool call: a quiet line, with the details behind it. */
export const ToolRow = memo(function ToolRow({ tool, cwd, turnRuns, waits }: ToolRowProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useToggle(`tool:${tool.id}`, false);
  const { icon: Icon, Line, Body, Live } = viewOf(tool);
  const outcome = outcomeOf(tool, turnRuns);
  return (
    <div className="text-sm" data-tool={tool.name} data-outcome={outcome}>
      <button
        type="button"
        className="group flex w-full min-w-0 items-center gap-2 rounded-lg px-2 py-1 text-start hover:bg-hover"
        onClick={() => setOpen(!open)}
        aria-expanded={open}
      >
        <Icon size={15} className="shrink-0 text-soft" aria-hidden="true" />
        <Line tool={tool} cwd={cwd} />
        <span className="flex-1" />
        {tool.boundary && (
          <Shield size={13} className="shrink-0 text-soft" aria-label={t("tool.boundary", { name: tool.boundary })} />
        )}
        <span className={clsx("shrink-0 text-xs", waits ? "text-warn" : LOOKS[outcome])}>
          {waits ? t(`status.waits.${WAITS[tool.name] ?? "permission"}`) : t(`tool.${outcome}`)}
          {outcome === "running" && !waits && <RunningDot />}
        </span>
        <ChevronRight
          size={14}
          className={clsx("shrink-0 text-soft transition-transform", open && "rotate-90")}
          aria-hidden="true"
        />
      </button>
      {!open && outcome === "running" && Live && <Live tool={tool} cwd={cwd} />}
      {open && (
        <div className="mt-1 ms-2 sm:ms-8">
          {Body && <Body tool={tool} cwd={cwd} />}
          {tool.boundary && <p className="mt-1 text-xs text-soft">{t("tool.boundary", { name: tool.boundary })}</p>}
        </div>
      )}
    </div>
  );
});

export function RunningDot() {
  return (
    <span
      className="ms-1.5 inline-block size-1.5 animate-[pulse-dot_1.2s_ease-in-out_infinite] rounded-full bg-current align-middle"
      aria-hidden="true"
    />
  );
}
