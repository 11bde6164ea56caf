import { ArrowDown } from "lucide-react";
import { type ReactNode, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Virtualizer } from "virtua";
import type { SessionView } from "@/session/store";
import { toolId } from "@/transcript/toolcall";
import { Button } from "@/ui/Button";
import { type RowContext, RowView, spacing } from "./RowView";
import { rowsOf } from "./rows";
import { useFollow } from "./useFollow";

interface ConversationProps {
  view: SessionView;
  cwd: string;
  /** What stands behind the last row: waiting prompts, an error. */
  tail: ReactNode;
}

/** Conversation shows the rows of a session; only those near the screen are in the document. */
export function Conversation({ view, cwd, tail }: ConversationProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { away, jump } = useFollow(scroller, content);
  const { order, items } = view.transcript;
  const rows = useMemo(() => rowsOf({ order, items }), [order, items]);
  const context = useRowContext(view, cwd);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        className="h-full overflow-y-auto overflow-x-hidden [overflow-anchor:none]"
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t("message.log")}
      >
        <div ref={content} className="mx-auto w-full max-w-[820px] px-3 pb-8 sm:px-6">
          <Virtualizer scrollRef={scroller} data={rows} bufferSize={800}>
            {(row, index) => (
              <div key={row.id} className={spacing(row, rows[index - 1])}>
                <RowView row={row} context={context} />
              </div>
            )}
          </Virtualizer>
          {tail}
        </div>
      </div>
      {away && (
        <Button className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-lg" onClick={jump}>
          <ArrowDown size={15} aria-hidden="true" />
          {t("message.jump")}
        </Button>
      )}
    </div>
  );
}

function useRowContext(view: SessionView, cwd: string): RowContext {
  const { permissions, run, transcript } = view;
  const turnRuns = run.state !== "idle";
  const growing = turnRuns ? transcript.order.at(-1) : undefined;
  return useMemo(
    () => ({
      cwd,
      turnRuns,
      growing,
      waiting: new Set(permissions.map((p) => toolId(p.toolCall.toolCallId))),
    }),
    [cwd, turnRuns, growing, permissions],
  );
}
