import { CircleCheck, CircleDashed, CircleDot, ListTodo } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PlanEntry } from "@/acp/types";
import { Ask } from "./generic";
import { Note, Verb } from "./parts";
import { record } from "./read";
import type { ToolProps, ToolView } from "./types";

const ICONS = { completed: CircleCheck, in_progress: CircleDot, pending: CircleDashed } as const;

function todosOf(tool: ToolProps["tool"]): Pick<PlanEntry, "content" | "status">[] {
  const todos = record(tool.input)?.todos;
  if (!Array.isArray(todos)) return [];
  return todos.flatMap((todo: unknown) => {
    const { content, status } = record(todo) ?? {};
    return typeof content === "string" && typeof status === "string" && status in ICONS
      ? [{ content, status: status as PlanEntry["status"] }]
      : [];
  });
}

function Line({ tool }: ToolProps) {
  const { t } = useTranslation();
  const todos = todosOf(tool);
  const done = todos.filter((todo) => todo.status === "completed").length;
  return (
    <>
      <Verb>{t("tool.todos")}</Verb>
      <Note>{t("tool.todosDone", { done, total: todos.length })}</Note>
    </>
  );
}

/** TodoList shows a plan; it serves the tool call and the panel above the composer. */
export function TodoList({ entries }: { entries: readonly Pick<PlanEntry, "content" | "status">[] }) {
  return (
    <ul className="space-y-1 text-sm">
      {entries.map((entry, index) => {
        const Icon = ICONS[entry.status as keyof typeof ICONS] ?? CircleDashed;
        return (
          <li key={`${String(index)}:${entry.content}`} className="flex items-start gap-2">
            <Icon size={15} className="mt-1 shrink-0 text-soft" aria-label={entry.status} />
            <span className={entry.status === "completed" ? "text-soft line-through" : ""}>{entry.content}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Body({ tool }: ToolProps) {
  return (
    <div className="rounded-lg border bg-sunken px-3 py-2">
      <TodoList entries={todosOf(tool)} />
    </div>
  );
}

export const todo: ToolView = { icon: ListTodo, Line, Body, Ask, question: "title" };
