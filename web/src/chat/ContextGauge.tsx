import clsx from "clsx";
import { useTranslation } from "react-i18next";
import { shortCount } from "@/lib/time";
import type { ContextUsage } from "@/transcript/types";

const AMBER = 70;
const RED = 90;

/** ContextGauge shows how much of the model's context is used. */
export function ContextGauge({ usage }: { usage: ContextUsage | undefined }) {
  const { t } = useTranslation();
  if (!usage || usage.size <= 0) return null;
  const percent = Math.min(100, Math.round((usage.used / usage.size) * 100));
  const look = percent >= RED ? "text-bad" : percent >= AMBER ? "text-warn" : "text-soft";
  return (
    <span className={clsx("shrink-0 text-xs tabular-nums", look)} title={t("context.label")}>
      <span className="sr-only">{t("context.label")}: </span>
      <span className="hidden sm:inline">
        {t("context.text", { percent, used: shortCount(usage.used), size: shortCount(usage.size) })}
      </span>
      <span className="sm:hidden">{percent}%</span>
    </span>
  );
}
