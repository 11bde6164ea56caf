import clsx from "clsx";
import { ChevronRight, ListTodo } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useToggle } from "@/lib/toggle";
import { TodoList } from "@/tools/todo";
import type { Transcript } from "@/transcript/types";

/** PlanPanel keeps the agent's to-do list in sight while it works on it. */
export function PlanPanel({ id, plan }: { id: string; plan: Transcript["plan"] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useToggle(`plan:${id}`, false);
  const done = plan.filter((e) => e.status === "completed").length;
  if (plan.length === 0 || done === plan.length) return null;
  const current = plan.find((e) => e.status === "in_progress");
  return (
    <div className="mb-1 rounded-xl border bg-panel text-sm">
      <button
        type="button"
        className="flex w-full items-center gap-2 rounded-xl px-3 py-1.5 text-start hover:bg-hover"
        onClick={() => setOpen(!open)}
        aria-expanded={open}
      >
        <ListTodo size={15} className="shrink-0 text-soft" aria-hidden="true" />
        <span className="shrink-0 font-medium">{t("tool.todosDone", { done, total: plan.length })}</span>
        <span className="min-w-0 flex-1 truncate text-soft">{current?.content}</span>
        <ChevronRight size={14} className={clsx("text-soft transition-transform", open && "rotate-90")} aria-hidden />
      </button>
      {open && (
        <div className="max-h-48 overflow-y-auto px-3 pb-2">
          <TodoList entries={plan} />
        </div>
      )}
    </div>
  );
}
