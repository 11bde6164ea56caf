import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { refresh } from "@/api/queries";
import { DeleteDialog } from "@/shell/sessionDialogs";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";

interface TrashEntry {
  id: string;
  kind: "session" | "project";
  name: string;
  title: string;
  purgeAt: string;
}

const trashQuery = queryOptions({
  queryKey: ["trash"],
  queryFn: async () => (await api<{ items: TrashEntry[] }>("GET", "/api/trash")).items,
});

/** Trash is what the person has deleted and can have back. */
export function Trash() {
  const { t } = useTranslation();
  const { data: entries, error } = useQuery(trashQuery);
  return (
    <section className="space-y-2" aria-label={t("trash.title")}>
      <h3 className="text-sm font-semibold">{t("trash.title")}</h3>
      <ErrorText error={error} />
      {entries?.length === 0 && <p className="text-sm text-soft">{t("trash.empty")}</p>}
      <ul className="divide-y">
        {entries?.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
    </section>
  );
}

function Entry({ entry }: { entry: TrashEntry }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const path = `/api/trash/${encodeURIComponent(entry.id)}`;
  const settled = { onSettled: () => refresh(queries, ["trash", "sessions", "projects"]) };
  const restore = useMutation({ mutationFn: () => api<void>("POST", `${path}/restore`), ...settled });
  const purge = useMutation({ mutationFn: () => api<void>("DELETE", path), ...settled });
  const name = entry.kind === "project" ? entry.name : entry.title || t("sidebar.untitled");
  return (
    <li className="py-1.5 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 flex-1 basis-full sm:basis-40">
          <span className="block truncate" dir="auto">
            {entry.kind === "project" ? t("trash.project", { name }) : name}
          </span>
          <span className="block text-xs text-soft">
            {t("trash.until", { when: new Date(entry.purgeAt).toLocaleDateString(i18n.language) })}
          </span>
        </span>
        <Button aria-label={t("trash.restoreNamed", { name })} onClick={() => restore.mutate()}>
          {t("trash.restore")}
        </Button>
        <Button aria-label={t("trash.purgeNamed", { name })} onClick={() => setAsking(true)}>
          {t("trash.purge")}
        </Button>
      </div>
      <ErrorText error={restore.error} />
      <DeleteDialog
        open={asking}
        title={t("trash.purgeTitle")}
        text={t("trash.purgeText", { name })}
        forGood
        onClose={() => setAsking(false)}
        onDelete={() => purge.mutateAsync()}
      />
    </li>
  );
}
