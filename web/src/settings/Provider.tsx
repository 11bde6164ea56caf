import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { configQuery, refresh } from "@/api/queries";
import { Button, ButtonLink } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";

const linkedQuery = queryOptions({
  queryKey: ["provider"],
  queryFn: async () => (await api<{ linked: boolean }>("GET", "/api/me/provider")).linked,
});

/** Provider adds the sign-in of the server's provider to the person's account, where there is one. */
export function Provider() {
  const { data: config } = useQuery(configQuery);
  return config?.sso ? <Linked name={config.sso} /> : null;
}

function Linked({ name }: { name: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data: linked, error } = useQuery(linkedQuery);
  const unlink = useMutation({
    mutationFn: () => api<void>("DELETE", "/api/me/provider"),
    onSettled: () => refresh(queries, ["provider"]),
  });
  return (
    <section className="space-y-2" aria-label={name}>
      <h3 className="text-sm font-semibold">{name}</h3>
      <ErrorText error={error ?? unlink.error} />
      {linked === true && (
        <>
          <p className="text-sm text-soft">{t("sso.linked")}</p>
          <Button onClick={() => unlink.mutate()}>{t("sso.unlink")}</Button>
        </>
      )}
      {linked === false && (
        <>
          <p className="text-sm text-soft">{t("sso.notLinked")}</p>
          <ButtonLink href="/api/auth/oidc/login?link=1">{t("sso.link")}</ButtonLink>
        </>
      )}
    </section>
  );
}
