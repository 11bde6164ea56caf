import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";
import { Field } from "@/ui/Field";
import { LanguageSwitch } from "./LanguageSwitch";

/** ResetPage sets a new password by a one-time link, whose secret stands behind the # of the address. */
export function ResetPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const reset = useMutation({
    mutationFn: () => api<void>("POST", "/api/auth/reset", { link: window.location.hash.slice(1), password }),
    onSuccess: () => navigate({ to: "/login", search: {} }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    reset.mutate();
  };
  return (
    <main className="grid h-dvh place-items-center overflow-y-auto bg-panel p-4">
      <div className="w-full max-w-sm space-y-5 rounded-2xl border bg-raised p-6 shadow-lg sm:p-8">
        <h1 className="text-xl font-semibold">{t("account.resetTitle")}</h1>
        <form onSubmit={submit} className="space-y-4">
          <Field
            label={t("account.next")}
            type="password"
            autoComplete="new-password"
            required
            hint={t("auth.passwordHint")}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          <ErrorText error={reset.error} />
          <Button type="submit" look="primary" className="w-full" disabled={reset.isPending}>
            {t("account.change")}
          </Button>
        </form>
        <Link to="/login" search={{}} className="block text-center text-sm text-accent underline">
          {t("auth.signIn")}
        </Link>
        <LanguageSwitch />
      </div>
    </main>
  );
}
