import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { PageHeader } from "@/shell/PageHeader";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";
import { type Boundary, boundaryQuery } from "./queries";

/** BoundaryPage shows administrators whether the boundary around tools holds, and if not, what to change. */
export function BoundaryPage() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data: state, error } = useQuery(boundaryQuery);
  const test = useMutation({
    mutationFn: () => api<Boundary>("POST", "/api/admin/boundary/test"),
    onSuccess: (found) => queries.setQueryData(boundaryQuery.queryKey, found),
  });
  return (
    <>
      <PageHeader title={t("boundary.title")} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[820px] space-y-4 px-3 py-4 sm:px-6">
          <p className="text-sm text-soft">{t("boundary.about")}</p>
          <ErrorText error={error ?? test.error} />
          {state && <State state={state} />}
          <Button disabled={test.isPending} onClick={() => test.mutate()}>
            {t("boundary.test")}
          </Button>
        </div>
      </div>
    </>
  );
}

function State({ state }: { state: Boundary }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language);
  const megabytes = (bytes: number) => `${number.format(bytes / 2 ** 20)} MiB`;
  const rows: [string, string][] = [
    ["SANDBOX_ENABLED", state.enabled],
    [t("boundary.tested"), new Date(state.testedAt).toLocaleString(i18n.language)],
    [t("boundary.took"), `${number.format(Math.round(state.tookMs))} ms`],
    ["SANDBOX_NETWORK", state.network],
    [t("boundary.hosts"), state.hosts.join(", ") || t("boundary.noHosts")],
    [t("boundary.output"), megabytes(state.limits.outputBytes)],
    [t("boundary.memory"), megabytes(state.limits.memoryBytes)],
    [t("boundary.tasks"), number.format(state.limits.tasks)],
  ];
  const holds = state.ok && state.tier !== "unsafe";
  return (
    <section className="rounded-xl border bg-panel p-4" aria-label={t("boundary.title")}>
      <p role="status" className={`font-medium ${holds ? "text-good" : "text-bad"}`}>
        {t(`boundary.tier.${state.tier}`)}
      </p>
      {state.detail && <p className="mt-1 text-sm break-words">{state.detail}</p>}
      <dl className="mt-3 grid grid-cols-1 gap-x-6 gap-y-1 text-sm sm:grid-cols-[auto_1fr]">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="mb-2 break-words sm:mb-0">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
