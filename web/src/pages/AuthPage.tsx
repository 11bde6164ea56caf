import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { configQuery } from "@/api/queries";
import type { Config } from "@/api/types";
import { Button, ButtonLink } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";
import { Field } from "@/ui/Field";
import { LanguageSwitch } from "./LanguageSwitch";

interface AuthPageProps {
  mode: "login" | "signup";
  /** The person was sent here because the server no longer knew them. */
  signedOut?: boolean;
}

/** AuthPage signs in, or makes an account: the first one is the administrator's. */
export function AuthPage({ mode, signedOut = false }: AuthPageProps) {
  const { t } = useTranslation();
  const { data: config } = useQuery(configQuery);
  const first = config?.setupRequired === true;
  const title = mode === "login" ? t("auth.welcome") : first ? t("auth.firstTitle") : t("auth.newTitle");
  return (
    <main className="grid h-dvh place-items-center overflow-y-auto bg-panel p-4">
      <div className="w-full max-w-sm space-y-5 rounded-2xl border bg-raised p-6 shadow-lg sm:p-8">
        <div className="space-y-1">
          <p className="text-sm text-soft">{t("app.name")}</p>
          <h1 className="text-xl font-semibold">{title}</h1>
          {mode === "signup" && first && <p className="text-sm text-soft">{t("auth.firstText")}</p>}
          {signedOut && <p className="text-sm text-warn">{t("auth.signedOut")}</p>}
        </div>
        {mode === "login" && <CameBack />}
        <AccountForm mode={mode} />
        {config?.sso && (
          <ButtonLink href="/api/auth/oidc/login" className="w-full">
            {t("sso.signIn", { name: config.sso })}
          </ButtonLink>
        )}
        <OtherWay mode={mode} config={config} />
        <LanguageSwitch />
      </div>
    </main>
  );
}

const REFUSALS = ["forbidden", "unavailable", "conflict", "not_found", "too_many"] as const;

/** CameBack says why the provider's sign-in did not work: the server's code for it stands behind the #. */
function CameBack() {
  const { t } = useTranslation();
  const [code] = useState(() => window.location.hash.slice(1));
  if (!code) return null;
  const known = REFUSALS.find((one) => one === code);
  return <ErrorText error={new Error(known ? t(`sso.refused.${known}`) : t("error.unknown"))} />;
}

function AccountForm({ mode }: { mode: AuthPageProps["mode"] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const enter = useMutation({
    mutationFn: () => {
      const invitation = mode === "signup" ? window.location.hash.slice(1) : "";
      const body = {
        username: username.trim(),
        password,
        ...(invitation && { invitation }),
        ...(code.trim() && { code: code.trim() }),
      };
      return api("POST", `/api/auth/${mode}`, body);
    },
    onSuccess: async () => {
      queries.clear();
      await navigate({ to: "/" });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  const asksForCode = enter.error instanceof ApiError && enter.error.code === "second_factor";
  const [coded, setCoded] = useState(false);
  if (asksForCode && !coded) setCoded(true);
  return (
    <form onSubmit={submit} className="space-y-4">
      <Field
        label={t("auth.username")}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        value={username}
        onChange={(event) => setUsername(event.target.value)}
      />
      <Field
        label={t("auth.password")}
        name="password"
        type="password"
        autoComplete={mode === "login" ? "current-password" : "new-password"}
        required
        {...(mode === "signup" && { hint: t("auth.passwordHint") })}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {coded && (
        <Field
          label={t("factor.code")}
          hint={t("factor.codeHint")}
          name="code"
          autoComplete="one-time-code"
          autoFocus
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      )}
      <ErrorText error={enter.error} />
      <Button type="submit" look="primary" className="w-full" disabled={enter.isPending}>
        {mode === "login" ? t("auth.signIn") : t("auth.signUp")}
      </Button>
    </form>
  );
}

function OtherWay({ mode, config }: { mode: AuthPageProps["mode"]; config: Config | undefined }) {
  const { t } = useTranslation();
  const mayJoin = config?.signup === "open" || config?.setupRequired;
  if (mode === "login" && !mayJoin) return null;
  if (mode === "signup" && config?.setupRequired) return null;
  return (
    <Link
      to={mode === "login" ? "/signup" : "/login"}
      search={{}}
      className="block text-center text-sm text-accent underline"
    >
      {mode === "login" ? t("auth.toSignUp") : t("auth.toSignIn")}
    </Link>
  );
}
