import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { usersQuery } from "@/admin/queries";
import { PageHeader } from "@/shell/PageHeader";
import { ErrorText } from "@/ui/ErrorText";
import { usageQuery } from "./queries";
import { RangeChoice } from "./RangeChoice";
import { daysOf, rangeOf } from "./sums";
import { UsageView } from "./UsageView";

/** UsagePage is what the person's sessions used. */
export function UsagePage() {
  const { t } = useTranslation();
  return <Page title={t("usage.title")} everyone={false} />;
}

/** AllUsagePage is what everybody's sessions used, for administrators. */
export function AllUsagePage() {
  const { t } = useTranslation();
  const [user, setUser] = useState("");
  const { data: users } = useQuery(usersQuery);
  return (
    <Page title={t("usage.allTitle")} everyone user={user}>
      <select
        aria-label={t("usage.whose")}
        className="min-h-9 max-w-full rounded-lg border bg-raised px-2 text-sm"
        value={user}
        onChange={(event) => setUser(event.target.value)}
      >
        <option value="">{t("usage.everyone")}</option>
        {users?.map(({ id, username }) => (
          <option key={id} value={id}>
            {username}
          </option>
        ))}
      </select>
    </Page>
  );
}

interface PageProps {
  title: string;
  everyone: boolean;
  user?: string;
  /** Further choices. */
  children?: ReactNode;
}

function Page({ title, everyone, user = "", children }: PageProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const range = rangeOf(useSearch({ strict: false }).days);
  const days = daysOf(range);
  const { data: rows, error, isPending } = useQuery(usageQuery(days[0] ?? "", { everyone, user }));
  return (
    <>
      <PageHeader title={title} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[960px] space-y-4 px-3 py-4 sm:px-6">
          <div className="flex flex-wrap items-center gap-2">
            <RangeChoice
              value={range}
              onChange={(next) => void navigate({ to: ".", search: { days: next }, replace: true })}
            />
            {children}
          </div>
          <ErrorText error={error} />
          {isPending && <p className="text-soft">{t("common.loading")}</p>}
          {rows && <UsageView rows={rows} days={days} users={everyone && user === ""} />}
        </div>
      </div>
    </>
  );
}
