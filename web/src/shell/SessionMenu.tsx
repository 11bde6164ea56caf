import { useNavigate, useParams } from "@tanstack/react-router";
import { Archive, Ellipsis, Pencil, Pin, Terminal, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDeleteSession, usePatchSession } from "@/api/queries";
import type { SessionRow } from "@/api/types";
import { useHub } from "@/session/context";
import { copyText } from "@/ui/CopyButton";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem } from "@/ui/Menu";
import { DeleteDialog, RenameDialog } from "./sessionDialogs";

/** SessionMenu is what one can do with a session as a whole. */
export function SessionMenu({ row, small = false }: { row: SessionRow; small?: boolean }) {
  const { t } = useTranslation();
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
        title={row.title || t("sidebar.untitled")}
        onClose={close}
        onDelete={remove}
      />
    </>
  );
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
