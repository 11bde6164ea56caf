import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { DeleteDialog } from "@/shell/sessionDialogs";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";

/** DeleteAccount deletes the person's own account. */
export function DeleteAccount() {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [asking, setAsking] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsking(true);
  };
  const remove = async () => {
    await api<void>("DELETE", "/api/me", { password });
    window.location.assign("/");
  };
  return (
    <section className="space-y-2" aria-label={t("account.delete")}>
      <h3 className="text-sm font-semibold">{t("account.delete")}</h3>
      <form onSubmit={submit} className="space-y-3">
        <Field
          label={t("account.deletePassword")}
          type="password"
          autoComplete="current-password"
          required
          hint={t("account.deleteHint")}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" look="danger" disabled={!password}>
          {t("account.delete")}
        </Button>
      </form>
      <DeleteDialog
        open={asking}
        title={t("account.deleteTitle")}
        text={t("account.deleteText")}
        onClose={() => setAsking(false)}
        onDelete={remove}
      />
    </section>
  );
}
