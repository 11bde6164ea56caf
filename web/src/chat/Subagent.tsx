import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { subagentQuery } from "@/api/queries";
import type { MessagePage } from "@/api/types";
import { Markdown } from "@/markdown/Markdown";
import { field } from "@/tools/read";
import { useToolSession } from "@/tools/session";
import { applyUpdates, EMPTY } from "@/transcript/reducer";
import { callIdOf } from "@/transcript/toolcall";
import type { Item, ToolItem, Transcript } from "@/transcript/types";
import { Button } from "@/ui/Button";
import { RowView, spacing } from "./RowView";
import { rowsOf } from "./rows";

interface SubagentProps {
  /** The call that started it. */
  tool: ToolItem;
  cwd: string;
  /** The session that the call is part of. */
  session: string;
}

/** Subagent is a subagent's own conversation: its task, its calls, what it says. It grows while the subagent works. */
export function Subagent({ tool, cwd, session }: SubagentProps) {
  const { t } = useTranslation();
  const running = isRunning(tool);
  const { transcript, error, older } = useConversation(tool, session);
  const waiting = useToolSession()?.waiting ?? NONE;
  const rows = useMemo(() => rowsOf(transcript), [transcript]);
  const context = useMemo(
    () => ({ cwd, turnRuns: running, growing: undefined, waiting, onBack: undefined }),
    [cwd, running, waiting],
  );
  if (rows.length === 0) return <Empty error={running ? undefined : error} task={field(tool.input, "prompt")} />;
  return (
    <div data-testid="subagent">
      {older && (
        <Button look="plain" className="text-xs text-soft" onClick={older}>
          {t("tool.earlier")}
        </Button>
      )}
      {rows.map((row, index) => (
        <div key={row.id} className={index > 0 ? spacing(row, rows[index - 1]) : ""}>
          {row.kind === "item" && isTask(row.item) ? (
            <Task text={row.item.text} />
          ) : (
            <RowView row={row} context={context} />
          )}
        </div>
      ))}
    </div>
  );
}

const NONE: ReadonlySet<string> = new Set();
const SHOWN_STEPS = 3;

/** SubagentSteps shows the last calls of a subagent of whose steps the session itself is told nothing. */
export function SubagentSteps({
  tool,
  session,
  show,
}: Omit<SubagentProps, "cwd"> & { show: (steps: string[]) => ReactNode }) {
  const { transcript } = useConversation(tool, session);
  const calls = transcript.order.flatMap((id) => {
    const item = transcript.items.get(id);
    return item?.kind === "tool" ? [`${item.name}: ${item.title}`] : [];
  });
  return show(calls.slice(-SHOWN_STEPS));
}

function isTask(item: Item): item is Extract<Item, { kind: "message" }> {
  return item.kind === "message" && item.role === "user";
}

/** Task is what the subagent was asked, by the agent and not by the person. */
function Task({ text }: { text: string }) {
  const { t } = useTranslation();
  return (
    <div className="rounded-xl border bg-panel px-3 py-2" data-message="task">
      <p className="text-xs text-soft">{t("tool.task")}</p>
      <Markdown text={text} />
    </div>
  );
}

function Empty({ error, task }: { error: unknown; task: string | undefined }) {
  const { t } = useTranslation();
  const gone = error instanceof ApiError && error.status === 404;
  return (
    <>
      {Boolean(error) && task && <Task text={task} />}
      <p className="py-1 text-xs text-soft">
        {error ? t(gone ? "tool.noConversation" : "error.unknown") : t("session.loading")}
      </p>
    </>
  );
}

function isRunning({ status }: ToolItem): boolean {
  return status === "pending" || status === "in_progress";
}

const POLL = 1500;

function useConversation(tool: ToolItem, session: string) {
  const running = isRunning(tool);
  const options = subagentQuery(session, callIdOf(tool), running);
  const { data, error, hasNextPage, fetchNextPage } = useInfiniteQuery({
    ...options,
    refetchInterval: running && POLL,
    placeholderData: keepPreviousData, // Until what came last is there.
  });
  const transcript = useMemo(() => transcriptOf(data?.pages ?? [], running), [data, running]);
  return { transcript, error, older: hasNextPage ? () => void fetchNextPage() : undefined };
}

/** transcriptOf puts pages together, the newest first as they come. A call without a result runs as long as the subagent does. */
export function transcriptOf(pages: readonly MessagePage[], running: boolean): Transcript {
  const transcript = applyUpdates(
    EMPTY,
    [...pages].reverse().flatMap((page) => page.items),
  );
  if (!running) return transcript;
  const items = new Map<string, Item>();
  for (const [id, item] of transcript.items) {
    items.set(id, item.kind === "tool" && item.status === "pending" ? { ...item, status: "in_progress" } : item);
  }
  return { ...transcript, items };
}
