import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";

interface WebSession {
  id: string;
  current: boolean;
  address: string;
  createdAt: string;
}

const webSessionsQuery = queryOptions({
  queryKey: ["web-sessions"],
  queryFn: async () => (await api<{ items: WebSession[] }>("GET", "/api/web-sessions")).items,
});

/** WebSessions is where the person is signed in, with a way to end each of it. */
export function WebSessions() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const { data: sessions, error } = useQuery(webSessionsQuery);
  const end = useMutation({
    mutationFn: (id: string) => api<void>("DELETE", `/api/web-sessions${id && `/${encodeURIComponent(id)}`}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ["web-sessions"] }),
  });
  const whenOf = (one: WebSession) => new Date(one.createdAt).toLocaleString(i18n.language);
  return (
    <section className="space-y-2" aria-label={t("account.sessions")}>
      <h3 className="text-sm font-semibold">{t("account.sessions")}</h3>
      <ErrorText error={error ?? end.error} />
      <ul className="divide-y">
        {sessions?.map((one) => (
          <li key={one.id} className="flex items-center gap-3 py-1.5 text-sm">
            <span className="min-w-0 flex-1">
              {whenOf(one)} <span className="break-all text-soft">{one.address}</span>
            </span>
            {one.current ? (
              <span className="text-xs text-soft">{t("account.here")}</span>
            ) : (
              <Button aria-label={t("account.endNamed", { when: whenOf(one) })} onClick={() => end.mutate(one.id)}>
                {t("account.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {(sessions?.length ?? 0) > 1 && <Button onClick={() => end.mutate("")}>{t("account.endOthers")}</Button>}
    </section>
  );
}
