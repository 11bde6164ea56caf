import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { PageHeader } from "@/shell/PageHeader";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";
import { inputClass } from "@/ui/Field";
import { VisibleText } from "@/ui/VisibleText";
import { type AuditEntry, auditQuery } from "./queries";

const FIELDS = ["q", "actor", "action"] as const;

/** AuditPage is who did what, for administrators. */
export function AuditPage() {
  const { t } = useTranslation();
  const [field, setField] = useState<(typeof FIELDS)[number]>("q");
  const [text, setText] = useState("");
  const audit = useInfiniteQuery(auditQuery(field, useDeferredValue(text.trim())));
  const entries = audit.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader title={t("audit.title")} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[960px] space-y-3 px-3 py-4 sm:px-6">
          <div className="flex flex-wrap gap-2">
            <select
              aria-label={t("audit.field")}
              className="min-h-9 rounded-lg border bg-raised px-2 text-sm"
              value={field}
              onChange={(event) => setField(event.target.value as typeof field)}
            >
              {FIELDS.map((name) => (
                <option key={name} value={name}>
                  {t(`audit.${name}`)}
                </option>
              ))}
            </select>
            <input
              type="search"
              aria-label={t("audit.search")}
              placeholder={t("audit.search")}
              className={`${inputClass} min-w-0 flex-1 basis-48`}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </div>
          <Tools />
          <ErrorText error={audit.error} />
          <ul className="divide-y rounded-xl border bg-panel" aria-label={t("audit.title")}>
            {entries.map((entry) => (
              <Entry key={entry.seq} entry={entry} />
            ))}
          </ul>
          {audit.hasNextPage && <Button onClick={() => void audit.fetchNextPage()}>{t("audit.more")}</Button>}
        </div>
      </div>
    </>
  );
}

function Tools() {
  const { t } = useTranslation();
  const check = useMutation({
    mutationFn: () => api<{ entries: number; broken: number; reason: string }>("GET", "/api/admin/audit/verify"),
  });
  const link = "inline-flex min-h-9 items-center rounded-lg border bg-raised px-3.5 text-sm font-medium hover:bg-hover";
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap gap-2">
        <a className={link} href="/api/admin/audit/export?format=jsonl" download>
          {t("audit.jsonl")}
        </a>
        <a className={link} href="/api/admin/audit/export?format=csv" download>
          {t("audit.csv")}
        </a>
        <Button onClick={() => check.mutate()} disabled={check.isPending}>
          {t("audit.verify")}
        </Button>
      </div>
      <ErrorText error={check.error} />
      {check.data && (
        <p role="status" className={check.data.broken ? "text-sm text-bad" : "text-sm text-good"}>
          {t(check.data.broken ? "audit.broken" : "audit.whole", { ...check.data })}
        </p>
      )}
    </div>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { i18n } = useTranslation();
  const details = Object.entries({ target: entry.target, address: entry.address, ...entry.detail }).filter(
    ([, v]) => v,
  );
  return (
    <li className="space-y-0.5 px-3 py-2 text-sm">
      <div className="flex flex-wrap gap-x-3">
        <time className="text-soft" dateTime={entry.at}>
          {new Date(entry.at).toLocaleString(i18n.language)}
        </time>
        <span className="font-medium break-all">{entry.action}</span>
        <span className="break-all" dir="auto">
          <VisibleText text={entry.username || entry.actor} />
        </span>
      </div>
      <p className="text-xs break-words text-soft">
        <VisibleText text={details.map(([name, value]) => `${name}: ${value}`).join(" · ")} />
      </p>
    </li>
  );
}
