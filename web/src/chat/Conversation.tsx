import clsx from "clsx";
import { ArrowDown } from "lucide-react";
import { type ReactNode, type RefObject, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { SessionView } from "@/session/store";
import { toolId } from "@/transcript/toolcall";
import { Button } from "@/ui/Button";
import { type RowContext, RowView, spacing } from "./RowView";
import { type Row, rowsOf } from "./rows";
import { useFollow } from "./useFollow";

interface ConversationProps {
  view: SessionView;
  cwd: string;
  /** What stands behind the last row: waiting prompts, an error. */
  tail: ReactNode;
  /** Asks for the history before what is shown, and behind it. */
  onOlder(): void;
  onNewer(): void;
  onNewest(): void;
  onBack: ((messageId: string) => void) | undefined;
}

/** How near to an end of what is shown, in pixels, more of the history is asked for. */
const NEAR = 1200;

/** Conversation shows the rows of a session; only those near the screen are in the document. */
export function Conversation({ view, cwd, tail, onOlder, onNewer, onNewest, onBack }: ConversationProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const { past } = view;
  const { away, jump } = useFollow(scroller, content, past === undefined);
  const { order, items } = past?.transcript ?? view.transcript;
  const rows = useMemo(() => rowsOf({ order, items }), [order, items]);
  const older = past ? past.older : view.older;
  const grown = usePrepended(rows, past?.at);
  useReachedEnds(scroller, rows, view.fetching === true, {
    top: older === undefined ? undefined : onOlder,
    bottom: past?.newer === undefined ? undefined : onNewer,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is gone to once, not when the part grows.
  useEffect(() => {
    if (past?.item === undefined) return;
    const index = rowsOf(past.transcript).findIndex((row) => holds(row, past.item ?? ""));
    if (index >= 0) list.current?.scrollToIndex(index, { align: "center" });
  }, [past?.at]);
  const context = useRowContext(view, cwd, onBack);
  const sending = view.outbox.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: who sends a message wants to see what comes of it.
  useEffect(() => {
    if (sending > 0) jump();
  }, [sending]);
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
          {older !== undefined && <p className="pt-4 text-center text-sm text-soft">{t("message.older")}</p>}
          {older === undefined && (view.skipped ?? 0) > 0 && <Skipped count={view.skipped ?? 0} />}
          <Virtualizer key={past?.at ?? ""} ref={list} scrollRef={scroller} data={rows} bufferSize={800} shift={grown}>
            {(row, index) => (
              <div key={row.id} className={spacing(row, rows[index - 1])}>
                <div className={clsx(past?.item && holds(row, past.item) && FOUND)}>
                  <RowView row={row} context={context} />
                </div>
              </div>
            )}
          </Virtualizer>
          {past?.newer !== undefined ? (
            <p className="py-4 text-center text-sm text-soft">{t("message.newer")}</p>
          ) : (
            tail
          )}
        </div>
      </div>
      {(away || past) && (
        <Button
          className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-lg"
          onClick={() => {
            onNewest();
            jump();
          }}
        >
          <ArrowDown size={15} aria-hidden="true" />
          {t("message.jump")}
        </Button>
      )}
    </div>
  );
}

/** FOUND marks the row that somebody looked for. */
const FOUND = "rounded-xl bg-accent/10 outline-2 outline-offset-4 outline-accent/40";

function holds(row: Row, item: string): boolean {
  return row.kind === "group" ? row.tools.some((tool) => tool.id === item) : row.id === item;
}

function Skipped({ count }: { count: number }) {
  const { t } = useTranslation();
  return <p className="mt-4 rounded-lg bg-warn-wash px-3 py-2 text-sm text-warn">{t("message.skipped", { count })}</p>;
}

/** usePrepended is true while rows came in front of those that were there, so that these stay where they are. */
function usePrepended(rows: readonly Row[], key: string | undefined): boolean {
  const before = useRef<{ last: string | undefined; count: number; key: string | undefined }>(undefined);
  const known = before.current;
  const last = rows.at(-1)?.id;
  const grown = known !== undefined && known.key === key && rows.length > known.count && known.last === last;
  useEffect(() => {
    before.current = { last, count: rows.length, key };
  });
  return grown;
}

interface Ends {
  top: (() => void) | undefined;
  bottom: (() => void) | undefined;
}

/** useReachedEnds calls for more when the person comes near an end of what is shown, or when that does not fill the screen. */
function useReachedEnds(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  fetching: boolean,
  { top, bottom }: Ends,
) {
  const calls = useRef<Ends>({ top, bottom });
  calls.current = fetching ? { top: undefined, bottom: undefined } : { top, bottom };
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows may leave an end in sight.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      if (element.scrollTop < NEAR) calls.current.top?.();
      if (element.scrollHeight - element.scrollTop - element.clientHeight < NEAR) calls.current.bottom?.();
    };
    const first = setTimeout(look, 100); // When the rows have found their places.
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      clearTimeout(first);
      element.removeEventListener("scroll", look);
    };
  }, [scroller, rows, fetching]);
}

function useRowContext(view: SessionView, cwd: string, onBack: RowContext["onBack"]): RowContext {
  const { permissions, run, transcript } = view;
  const turnRuns = run.state !== "idle";
  const growing = turnRuns ? transcript.order.at(-1) : undefined;
  return useMemo(
    () => ({
      cwd,
      turnRuns,
      growing,
      waiting: new Set(permissions.map((p) => toolId(p.toolCall.toolCallId))),
      onBack,
    }),
    [onBack, cwd, turnRuns, growing, permissions],
  );
}
