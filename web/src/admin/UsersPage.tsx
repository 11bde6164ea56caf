import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { meQuery } from "@/api/queries";
import { PageHeader } from "@/shell/PageHeader";
import { DeleteDialog } from "@/shell/sessionDialogs";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";
import { Links } from "./Links";
import { NewLink } from "./NewLink";
import { type OneTimeLink, type User, useAdmin, usersQuery } from "./queries";

/** UsersPage is where administrators see who has an account, and let people in or keep them out. */
export function UsersPage() {
  const { t } = useTranslation();
  const { data: users, error } = useQuery(usersQuery);
  const { data: me } = useQuery(meQuery);
  return (
    <>
      <PageHeader title={t("users.title")} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[820px] space-y-6 px-3 py-4 sm:px-6">
          <ErrorText error={error} />
          <ul className="divide-y rounded-xl border bg-panel" aria-label={t("users.title")}>
            {users?.map((user) => (
              <UserRow key={user.id} user={user} own={user.id === me?.id} />
            ))}
          </ul>
          <Links users={users ?? []} />
        </div>
      </div>
    </>
  );
}

function UserRow({ user, own }: { user: User; own: boolean }) {
  const { t, i18n } = useTranslation();
  const path = `/api/admin/users/${encodeURIComponent(user.id)}`;
  const change = useAdmin((patch: Partial<User>) => api<User>("PATCH", path, patch));
  const reset = useAdmin(() => api<OneTimeLink>("POST", `${path}/reset`));
  const remove = useAdmin(() => api<void>("DELETE", path));
  const lost = useAdmin(() => api<void>("DELETE", `${path}/second-factor`));
  const [deleting, setDeleting] = useState(false);
  const name = user.username;
  const standing = user.purgeAt
    ? t("users.deletedUntil", { when: new Date(user.purgeAt).toLocaleDateString(i18n.language) })
    : t("users.disabled");
  return (
    <li className="space-y-2 p-3">
      <div className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 flex-1 basis-40 truncate font-medium" dir="auto">
          {name}
          {own && <span className="text-soft"> · {t("users.you")}</span>}
          {user.disabled && <span className="text-bad"> · {standing}</span>}
        </span>
        <select
          aria-label={t("users.roleOf", { name })}
          className="min-h-9 rounded-lg border bg-raised px-2 text-sm"
          value={user.role}
          onChange={(event) => change.mutate({ role: event.target.value as User["role"] })}
        >
          <option value="user">{t("users.user")}</option>
          <option value="admin">{t("users.admin")}</option>
        </select>
        <Button
          aria-label={t(user.disabled ? "users.enableNamed" : "users.disableNamed", { name })}
          onClick={() => change.mutate({ disabled: !user.disabled })}
        >
          {user.disabled ? t("users.enable") : t("users.disable")}
        </Button>
        <Button aria-label={t("users.resetNamed", { name })} onClick={() => reset.mutate(undefined)}>
          {t("users.reset")}
        </Button>
        {user.secondFactor && (
          <Button aria-label={t("factor.removeNamed", { name })} onClick={() => lost.mutate(undefined)}>
            {t("factor.remove")}
          </Button>
        )}
        {!user.purgeAt && (
          <Button aria-label={t("users.deleteNamed", { name })} onClick={() => setDeleting(true)}>
            {t("common.delete")}
          </Button>
        )}
      </div>
      <DeleteDialog
        open={deleting}
        title={t("users.deleteNamed", { name })}
        text={t("users.deleteText")}
        onClose={() => setDeleting(false)}
        onDelete={() => remove.mutateAsync(undefined)}
      />
      <ErrorText error={change.error ?? reset.error ?? lost.error} />
      {reset.data?.secret && <NewLink link={reset.data} />}
    </li>
  );
}
