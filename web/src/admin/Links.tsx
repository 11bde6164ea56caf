import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";
import { IconButton } from "@/ui/IconButton";
import { NewLink } from "./NewLink";
import { linksQuery, type OneTimeLink, type User, useAdmin } from "./queries";

/** Links makes invitations, and lists and takes back what has not been used. */
export function Links({ users }: { users: User[] }) {
  const { t, i18n } = useTranslation();
  const { data: links, error } = useQuery(linksQuery);
  const invite = useAdmin((role: User["role"]) => api<OneTimeLink>("POST", "/api/admin/invitations", { role }));
  const remove = useAdmin((id: string) => api<void>("DELETE", `/api/admin/links/${encodeURIComponent(id)}`));
  const whatOf = (link: OneTimeLink) =>
    link.kind === "invitation"
      ? t(link.role === "admin" ? "users.invitationAdmin" : "users.invitation")
      : t("users.resetOf", { name: users.find((user) => user.id === link.userId)?.username ?? "?" });
  return (
    <section className="space-y-2" aria-label={t("users.links")}>
      <h2 className="text-sm font-semibold">{t("users.links")}</h2>
      <p className="text-xs text-soft">{t("users.linksHint")}</p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => invite.mutate("user")}>{t("users.invite")}</Button>
        <Button onClick={() => invite.mutate("admin")}>{t("users.inviteAdmin")}</Button>
      </div>
      <ErrorText error={invite.error ?? remove.error ?? error} />
      {invite.data?.secret && <NewLink link={invite.data} />}
      <ul className="divide-y">
        {links?.map((link) => (
          <li key={link.id} className="flex items-center gap-3 py-1.5 text-sm">
            <span className="min-w-0 flex-1 truncate">{whatOf(link)}</span>
            <span className="shrink-0 text-xs text-soft">
              {new Date(link.expiresAt).toLocaleDateString(i18n.language)}
            </span>
            <IconButton
              small
              label={t("users.takeBack", { what: whatOf(link) })}
              onClick={() => remove.mutate(link.id)}
            >
              <Trash2 size={14} />
            </IconButton>
          </li>
        ))}
      </ul>
    </section>
  );
}
