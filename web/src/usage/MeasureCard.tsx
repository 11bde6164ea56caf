import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DayBars } from "./DayBars";
import { useFormats } from "./format";
import { ShareList } from "./ShareList";
import { columnsOf, type Measure, type Series, sumOf, type UsageRow } from "./sums";

interface MeasureCardProps {
  measure: Measure;
  rows: readonly UsageRow[];
  days: readonly string[];
  series: readonly Series[];
}

/** MeasureCard is one measure: its sum, its plot by day, and what each model has of it. Pointing at a day shows that day's. */
export function MeasureCard({ measure, rows, days, series }: MeasureCardProps) {
  const { t } = useTranslation();
  const { amount, day } = useFormats();
  const [active, setActive] = useState<number>();
  const columns = columnsOf(rows, days, series, measure);
  const column = active === undefined ? undefined : columns[active];
  const sumOfSeries = (s: Series, index: number) => column?.amounts[index] ?? sumOf(rows.filter(s.has), measure);
  const shares = series.map((s, index) => {
    const own = sumOfSeries(s, index);
    const unknown = measure === "cost" && rows.filter(s.has).every((row) => row.cost === null);
    const name = s.model ?? t("usage.others");
    return { key: name, name, amount: own, text: unknown ? "—" : amount(own, measure), colour: s.colour };
  });
  return (
    <section aria-label={t(`usage.${measure}`)} className="min-w-0 space-y-3 rounded-xl border bg-panel p-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 className="text-sm font-semibold">{t(`usage.${measure}`)}</h2>
        <span className="text-xs text-soft">{column ? day(column.day) : t("usage.days", { count: days.length })}</span>
        <span className="ms-auto text-xl font-semibold tabular-nums" data-testid={`usage-${measure}`}>
          {amount(column?.sum ?? sumOf(rows, measure), measure)}
        </span>
      </div>
      <DayBars measure={measure} columns={columns} series={series} active={active} onActive={setActive} />
      <ShareList label={t(`usage.${measure}ByModel`)} shares={shares} />
    </section>
  );
}
