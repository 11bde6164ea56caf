import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";
import { Field } from "@/ui/Field";

/** Password changes the person's own password, which ends all other sign-ins. */
export function Password() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => api<void>("PUT", "/api/me/password", { current, next }),
    onSuccess: async () => {
      setCurrent("");
      setNext("");
      await queries.invalidateQueries({ queryKey: ["web-sessions"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <section className="space-y-2" aria-label={t("account.password")}>
      <h3 className="text-sm font-semibold">{t("account.password")}</h3>
      <form onSubmit={submit} className="space-y-3">
        <Field
          label={t("account.current")}
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <Field
          label={t("account.next")}
          type="password"
          autoComplete="new-password"
          required
          hint={t("auth.passwordHint")}
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
        <ErrorText error={change.error} />
        {change.isSuccess && (
          <p role="status" className="text-sm text-good">
            {t("account.changed")}
          </p>
        )}
        <Button type="submit" disabled={change.isPending || !current || !next}>
          {t("account.change")}
        </Button>
      </form>
    </section>
  );
}
