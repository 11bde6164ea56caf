import { useNavigate, useParams } from "@tanstack/react-router";
import { Archive, Download, Ellipsis, GitFork, Pencil, Pin, Terminal, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { exportAddress, useDeleteSession, useForkSession, usePatchSession } from "@/api/queries";
import type { SessionRow } from "@/api/types";
import { useHub } from "@/session/context";
import { copyText } from "@/ui/CopyButton";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem } from "@/ui/Menu";
import { DeleteDialog, RenameDialog } from "./sessionDialogs";

/** SessionMenu is what one can do with a session as a whole. */
export function SessionMenu({ row, small = false }: { row: SessionRow; small?: boolean }) {
  const { t, i18n } = useTranslation();
  const fork = useFork(row.id);
  const [dialog, setDialog] = useState<"rename" | "delete">();
  const patch = usePatchSession();
  const remove = useRemove(row.id);
  const change = (part: Parameters<typeof patch.mutate>[0]["patch"]) => patch.mutate({ id: row.id, patch: part });
  const close = () => setDialog(undefined);
  return (
    <>
      <Menu
        trigger={
          <IconButton label={t("session.menu")} small={small}>
            <Ellipsis size={16} />
          </IconButton>
        }
      >
        <MenuItem icon={<Pencil size={15} />} onSelect={() => setDialog("rename")}>
          {t("session.rename")}
        </MenuItem>
        <MenuItem icon={<Pin size={15} />} onSelect={() => change({ pinned: !row.pinned })}>
          {row.pinned ? t("session.unpin") : t("session.pin")}
        </MenuItem>
        <MenuItem icon={<Archive size={15} />} onSelect={() => change({ archived: !row.archived })}>
          {row.archived ? t("session.unarchive") : t("session.archive")}
        </MenuItem>
        <MenuItem icon={<Terminal size={15} />} onSelect={() => void copyText(resumeCommand(row))}>
          {t("session.copyResume")}
        </MenuItem>
        <MenuItem icon={<GitFork size={15} />} onSelect={() => void fork()}>
          {t("session.fork")}
        </MenuItem>
        {EXPORTS.map((format) => (
          <MenuItem
            key={format}
            icon={<Download size={15} />}
            onSelect={() => download(exportAddress(row.id, format, i18n.language))}
          >
            {t(`session.export.${format}`)}
          </MenuItem>
        ))}
        <MenuItem icon={<Trash2 size={15} />} danger onSelect={() => setDialog("delete")}>
          {t("common.delete")}
        </MenuItem>
      </Menu>
      <RenameDialog
        open={dialog === "rename"}
        title={row.title}
        onClose={close}
        onSave={(title) => patch.mutateAsync({ id: row.id, patch: { title } })}
      />
      <DeleteDialog
        open={dialog === "delete"}
        title={t("session.deleteTitle")}
        text={t("session.deleteText", { title: row.title || t("sidebar.untitled") })}
        onClose={close}
        onDelete={remove}
      />
    </>
  );
}

const EXPORTS = ["md", "html", "jsonl"] as const;

/** download has the browser save a file. */
function download(address: string) {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}

/** useFork makes a copy of the session and opens it. */
function useFork(id: string) {
  const navigate = useNavigate();
  const fork = useForkSession();
  return async () => {
    const row = await fork.mutateAsync({ id });
    await navigate({ to: "/s/$sessionId", params: { sessionId: row.id }, search: {} });
  };
}

function useRemove(id: string) {
  const hub = useHub();
  const navigate = useNavigate();
  const remove = useDeleteSession();
  const { sessionId } = useParams({ strict: false });
  return async () => {
    await remove.mutateAsync(id);
    hub.forget(id);
    if (sessionId === id) await navigate({ to: "/" });
  };
}

/** resumeCommand goes on with the session in a terminal on the server. */
function resumeCommand({ cwd, id }: SessionRow): string {
  return `cd '${cwd.replaceAll("'", "'\\''")}' && claude --resume ${id}`;
}
