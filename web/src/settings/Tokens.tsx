import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { tokensQuery } from "@/api/queries";
import type { NewToken } from "@/api/types";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { ErrorText } from "@/ui/ErrorText";
import { inputClass } from "@/ui/Field";
import { IconButton } from "@/ui/IconButton";

/** Tokens makes, lists and deletes the person's API tokens. */
export function Tokens() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const { data: tokens, error: listError } = useQuery(tokensQuery);
  const [name, setName] = useState("");
  const refresh = () => queries.invalidateQueries({ queryKey: ["tokens"] });
  const create = useMutation({
    mutationFn: (wanted: string) => api<NewToken>("POST", "/api/tokens", { name: wanted }),
    onSuccess: () => setName(""),
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api<void>("DELETE", `/api/tokens/${encodeURIComponent(id)}`),
    onSettled: refresh,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) create.mutate(name.trim());
  };
  return (
    <section className="space-y-2">
      <h3 className="text-sm font-semibold">{t("settings.tokens")}</h3>
      <p className="text-xs text-soft">{t("settings.tokensHint")}</p>
      <form onSubmit={submit} className="flex gap-2">
        <input
          aria-label={t("settings.tokenName")}
          placeholder={t("settings.tokenName")}
          className={inputClass}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" className="shrink-0" disabled={!name.trim() || create.isPending}>
          {t("settings.tokenCreate")}
        </Button>
      </form>
      <ErrorText error={create.error ?? remove.error ?? listError} />
      {create.data && (
        <div className="rounded-lg border border-good/40 bg-good-wash p-2.5 text-sm text-good">
          <p>{t("settings.tokenOnce")}</p>
          <div className="mt-1 flex items-center gap-2">
            <code className="min-w-0 flex-1 font-mono text-xs break-all">{create.data.token}</code>
            <CopyButton text={create.data.token} label={t("common.copy")} />
          </div>
        </div>
      )}
      {tokens?.length === 0 && <p className="text-sm text-soft">{t("settings.tokenNone")}</p>}
      <ul className="divide-y">
        {tokens?.map((token) => (
          <li key={token.id} className="flex items-center gap-3 py-1.5 text-sm">
            <span className="min-w-0 flex-1 truncate">{token.name}</span>
            <span className="shrink-0 text-xs text-soft">
              {token.createdAt && new Date(token.createdAt).toLocaleDateString(i18n.language)}
            </span>
            <IconButton
              small
              label={t("settings.tokenDelete", { name: token.name })}
              onClick={() => remove.mutate(token.id)}
            >
              <Trash2 size={14} />
            </IconButton>
          </li>
        ))}
      </ul>
    </section>
  );
}
