import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { VisibleText } from "@/ui/VisibleText";
import { useFormats } from "./format";
import type { UsageRow } from "./sums";

/** UsageTable has every figure of the plots, the newest day first. */
export function UsageTable({ rows, users }: { rows: readonly UsageRow[]; users: boolean }) {
  const { t } = useTranslation();
  const { amount, count, day } = useFormats();
  const numbers = ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens"] as const;
  return (
    <section
      aria-label={t("usage.table")}
      tabIndex={0}
      className="max-h-[28rem] overflow-auto rounded-xl border bg-panel"
    >
      <table className="w-full border-separate border-spacing-0 text-sm">
        <caption className="sr-only">{t("usage.table")}</caption>
        <thead>
          <tr>
            <Head>{t("usage.day")}</Head>
            {users && <Head>{t("usage.user")}</Head>}
            <Head>{t("usage.model")}</Head>
            {numbers.map((name) => (
              <Head key={name} end>
                {t(`usage.${name}`)}
              </Head>
            ))}
            <Head end>{t("usage.cost")}</Head>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.day} ${row.userId} ${row.model}`}>
              <th scope="row" className={`${CELL} text-start font-normal`}>
                <time dateTime={row.day}>{day(row.day)}</time>
              </th>
              {users && (
                <td className={CELL} dir="auto">
                  <VisibleText text={row.username} />
                </td>
              )}
              <td className={CELL}>
                <VisibleText text={row.model} />
              </td>
              {numbers.map((name) => (
                <td key={name} className={`${CELL} text-end tabular-nums`}>
                  {count(row[name])}
                </td>
              ))}
              <td className={`${CELL} text-end tabular-nums`}>{row.cost === null ? "—" : amount(row.cost, "cost")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const CELL = "border-b px-3 py-1.5 whitespace-nowrap";

function Head({ end = false, children }: { end?: boolean; children: ReactNode }) {
  return (
    <th
      scope="col"
      className={`sticky top-0 border-b bg-panel px-3 py-2 text-xs font-medium whitespace-nowrap text-soft ${end ? "text-end" : "text-start"}`}
    >
      {children}
    </th>
  );
}
