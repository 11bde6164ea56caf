import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import { Archive, Pin } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { SessionRow } from "@/api/types";
import type { Ask } from "@/session/question";
import { SessionMenu } from "./SessionMenu";

interface SessionRowProps {
  row: SessionRow;
  /** What it wants of the person, if that is known. */
  ask: Ask | undefined;
  unread: boolean;
  onNavigate(): void;
}

export function SessionRowView({ row, ask, unread, onNavigate }: SessionRowProps) {
  const { t } = useTranslation();
  return (
    <li className="group relative flex items-center rounded-lg hover:bg-hover has-[a.active]:bg-hover">
      <Link
        to="/s/$sessionId"
        params={{ sessionId: row.id }}
        className="flex min-w-0 flex-1 items-center gap-2 rounded-lg py-1.5 ps-2 pe-9 text-sm"
        activeProps={{ className: "active font-medium" }}
        onClick={onNavigate}
      >
        <Mark state={row.state} ask={ask} unread={unread} />
        <span className="truncate" dir="auto">
          {row.title || t("sidebar.untitled")}
        </span>
        {row.pinned && <Pin size={12} className="shrink-0 text-soft" aria-label={t("sidebar.pinned")} />}
        {row.archived && <Archive size={12} className="shrink-0 text-soft" aria-label={t("sidebar.archived")} />}
      </Link>
      <div className="absolute end-1 opacity-100 sm:opacity-0 sm:group-focus-within:opacity-100 sm:group-hover:opacity-100 has-[[data-state=open]]:opacity-100">
        <SessionMenu row={row} small />
      </div>
    </li>
  );
}

/** Mark says by colour and by word what a session needs. */
function Mark({ state, ask, unread }: Pick<SessionRowProps, "ask" | "unread"> & { state: SessionRow["state"] }) {
  const { t } = useTranslation();
  if (state === "idle" && !unread) return null;
  const [look, label] =
    state === "requires_action"
      ? ["bg-warn", t(`asks.${ask ?? "something"}`)]
      : state === "running"
        ? ["bg-accent animate-[pulse-dot_1.2s_ease-in-out_infinite]", t("sidebar.running")]
        : ["bg-good", t("sidebar.unread")];
  return <span role="img" aria-label={label} title={label} className={clsx("size-2 shrink-0 rounded-full", look)} />;
}
