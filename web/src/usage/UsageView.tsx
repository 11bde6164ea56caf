import { useTranslation } from "react-i18next";
import { useFormats } from "./format";
import { MeasureCard } from "./MeasureCard";
import { MOST_ROWS } from "./queries";
import { ShareList } from "./ShareList";
import { groupsOf, type Measure, seriesOf, sumOf, type UsageRow, unpricedOf } from "./sums";
import { UsageTable } from "./UsageTable";

interface UsageViewProps {
  rows: readonly UsageRow[];
  days: readonly string[];
  /** Whether the rows are of more than one person. */
  users: boolean;
}

/** UsageView shows what was used: plots, then the table with the same figures. */
export function UsageView({ rows, days, users }: UsageViewProps) {
  const { t } = useTranslation();
  const series = seriesOf(rows);
  const unpriced = unpricedOf(rows);
  if (rows.length === 0) return <p className="py-6 text-center text-soft">{t("usage.none")}</p>;
  return (
    <>
      <div className="grid gap-4 lg:grid-cols-2">
        <MeasureCard measure="cost" rows={rows} days={days} series={series} />
        <MeasureCard measure="tokens" rows={rows} days={days} series={series} />
      </div>
      <p className="text-xs text-soft">
        {t("usage.listPrices")}
        {unpriced.length > 0 && ` ${t("usage.unpriced", { models: unpriced.join(", ") })}`}
        {rows.length >= MOST_ROWS && ` ${t("usage.cut")}`}
      </p>
      {users && (
        <div className="grid gap-4 lg:grid-cols-2">
          <ByUser rows={rows} measure="cost" />
          <ByUser rows={rows} measure="tokens" />
        </div>
      )}
      <UsageTable rows={rows} users={users} />
    </>
  );
}

function ByUser({ rows, measure }: { rows: readonly UsageRow[]; measure: Measure }) {
  const { t } = useTranslation();
  const { amount } = useFormats();
  const shares = groupsOf(rows, (row) => row.userId)
    .map((group) => ({ ...group, amount: sumOf(group.rows, measure) }))
    .sort((a, b) => b.amount - a.amount)
    .map((group) => ({
      key: group.key,
      name: group.rows[0]?.username ?? "",
      amount: group.amount,
      text: amount(group.amount, measure),
    }));
  const title = t(`usage.${measure}ByUser`);
  return (
    <section className="min-w-0 space-y-3 rounded-xl border bg-panel p-4" aria-label={title}>
      <h2 className="text-sm font-semibold">{title}</h2>
      <div className="max-h-80 overflow-y-auto" tabIndex={0} role="group" aria-label={title}>
        <ShareList label={title} shares={shares} />
      </div>
    </section>
  );
}
