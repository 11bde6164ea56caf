import { useTranslation } from "react-i18next";
import { clock } from "@/lib/time";
import { useNow } from "@/lib/useNow";
import { askOf } from "@/session/question";
import type { SessionView } from "@/session/store";
import { Button } from "@/ui/Button";
import { RunningDot } from "./ToolRow";

/** StatusLine says what the agent does now, for how long, and how to stop it. */
export function StatusLine({ view, onStop }: { view: SessionView; onStop(): void }) {
  const { t } = useTranslation();
  const active = view.run.state !== "idle";
  const now = useNow(active);
  const text = useActivity(view, now);
  if (!active) return null;
  return (
    <div className="flex min-h-9 items-center gap-2 px-2 text-sm text-soft" data-testid="status-line">
      <span className="text-accent">
        <RunningDot />
      </span>
      <span className="min-w-0 truncate">{text}</span>
      {view.run.startedAt !== undefined && (
        <span className="shrink-0 tabular-nums" title={t("status.elapsed")}>
          {clock((now - view.run.startedAt) / 1000)}
        </span>
      )}
      <span className="flex-1" />
      <Button look="plain" className="min-h-8 px-2.5 text-soft" onClick={onStop}>
        {t("composer.stop")}
        <kbd className="rounded border px-1 font-sans text-xs">{t("status.stopHint")}</kbd>
      </Button>
    </div>
  );
}

function useActivity({ run, transcript, permissions }: SessionView, now: number): string {
  const { t } = useTranslation();
  const { retry, order, items } = transcript;
  if (run.state === "requires_action") {
    const [card] = permissions;
    return t(`status.waits.${card ? askOf(card) : "permission"}`);
  }
  if (retry) {
    const seconds = Math.max(0, Math.ceil((retry.at - now) / 1000));
    return retry.max > 0
      ? t("status.retryOf", { attempt: retry.attempt, max: retry.max, seconds })
      : t("status.retry", { seconds });
  }
  const last = items.get(order.at(-1) ?? "");
  if (last?.kind === "tool" && last.status === "in_progress") {
    return t("status.running", { tool: last.name || last.title });
  }
  if (last?.kind !== "message" || last.role === "user") return t("status.working");
  return last.role === "thought" ? t("status.thinking") : t("status.writing");
}
