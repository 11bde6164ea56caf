import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { refresh } from "@/api/queries";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { ErrorText } from "@/ui/ErrorText";
import { Field } from "@/ui/Field";

interface NewFactor {
  secret: string;
  uri: string;
  qr: string;
}

const PATH = "/api/me/second-factor";

const factorQuery = queryOptions({
  queryKey: ["second-factor"],
  queryFn: async () => (await api<{ on: boolean }>("GET", PATH)).on,
});

/** SecondFactor has the person's sign-ins ask for a code, or no longer. */
export function SecondFactor() {
  const { t } = useTranslation();
  const { data: on, error } = useQuery(factorQuery);
  const [begun, setBegun] = useState<NewFactor>();
  const [codes, setCodes] = useState<string[]>();
  const finish = (recovery: string[]) => {
    setBegun(undefined);
    setCodes(recovery);
  };
  return (
    <section className="space-y-3" aria-label={t("factor.title")}>
      <h3 className="text-sm font-semibold">{t("factor.title")}</h3>
      <ErrorText error={error} />
      {on !== undefined && <p className="text-sm text-soft">{t(on ? "factor.on" : "factor.off")}</p>}
      {codes && <RecoveryCodes codes={codes} />}
      {begun ? <Confirm factor={begun} onDone={finish} /> : on !== undefined && <Switch on={on} onBegun={setBegun} />}
    </section>
  );
}

/** Switch begins a second factor or removes it, with the password. */
function Switch({ on, onBegun }: { on: boolean; onBegun(factor: NewFactor): void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () => api<NewFactor | undefined>(on ? "DELETE" : "POST", PATH, { password }),
    onSuccess: (begun) => {
      setPassword("");
      if (begun) onBegun(begun);
      return refresh(queries, ["second-factor"]);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={submit} className="space-y-3">
      <Field
        label={t("factor.password")}
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <ErrorText error={change.error} />
      <Button type="submit" disabled={!password || change.isPending}>
        {t(on ? "factor.remove" : "factor.begin")}
      </Button>
    </form>
  );
}

function Confirm({ factor, onDone }: { factor: NewFactor; onDone(codes: string[]): void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: () => api<{ recoveryCodes: string[] }>("POST", `${PATH}/confirm`, { code }),
    onSuccess: async ({ recoveryCodes }) => {
      onDone(recoveryCodes);
      await refresh(queries, ["second-factor", "web-sessions"]);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit} className="space-y-3">
      <p className="text-sm">{t("factor.scan")}</p>
      <img src={factor.qr} alt={t("factor.qr")} width={220} height={220} className="rounded-lg border bg-white" />
      <p className="flex items-center gap-2 text-sm">
        <code className="min-w-0 flex-1 rounded bg-sunken px-2 py-1 font-mono text-xs break-all">{factor.secret}</code>
        <CopyButton text={factor.secret} label={t("common.copy")} />
      </p>
      <Field
        label={t("factor.code")}
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <ErrorText error={confirm.error} />
      <Button type="submit" look="primary" disabled={!code.trim() || confirm.isPending}>
        {t("factor.confirm")}
      </Button>
    </form>
  );
}

function RecoveryCodes({ codes }: { codes: string[] }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="space-y-2 rounded-lg border p-3">
      <p className="text-sm">{t("factor.recovery")}</p>
      <ul className="grid grid-cols-1 gap-1 font-mono text-sm sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <CopyButton text={codes.join("\n")} label={t("common.copy")} />
    </div>
  );
}
