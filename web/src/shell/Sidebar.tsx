import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { LogOut, PanelLeftClose, ScrollText, Settings, ShieldCheck, SquarePen, Stethoscope, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { configQuery, meQuery } from "@/api/queries";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem } from "@/ui/Menu";
import { SessionList } from "./SessionList";

interface SidebarProps {
  onHide(): void;
  onNavigate(): void;
  onSettings(): void;
  onSignOut(): void;
}

export function Sidebar({ onHide, onNavigate, onSettings, onSignOut }: SidebarProps) {
  const { t } = useTranslation();
  return (
    <div className="flex h-full flex-col bg-panel">
      <div className="flex h-14 shrink-0 items-center gap-1 ps-4 pe-2">
        <span className="min-w-0 flex-1 truncate font-semibold">{t("app.name")}</span>
        <IconButton label={t("sidebar.hide")} onClick={onHide}>
          <PanelLeftClose size={18} />
        </IconButton>
      </div>
      <div className="px-3 pb-2">
        <Link
          to="/"
          onClick={onNavigate}
          className="flex h-10 items-center justify-center gap-2 rounded-lg border bg-raised text-sm font-medium hover:bg-hover"
        >
          <SquarePen size={16} aria-hidden="true" />
          {t("sidebar.new")}
        </Link>
      </div>
      <SessionList onNavigate={onNavigate} />
      <Account onSettings={onSettings} onSignOut={onSignOut} />
    </div>
  );
}

function Account({ onSettings, onSignOut }: Pick<SidebarProps, "onSettings" | "onSignOut">) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const { data: config } = useQuery(configQuery);
  const navigate = useNavigate();
  return (
    <div className="flex items-center gap-2 border-t px-3 py-2">
      <Menu
        align="start"
        side="top"
        trigger={
          <Button look="plain" className="min-w-0 flex-1 justify-start px-2" aria-label={t("sidebar.account")}>
            <span className="grid size-6 shrink-0 place-items-center rounded-full bg-accent text-xs text-accent-ink">
              {(me?.username ?? "?").slice(0, 1).toUpperCase()}
            </span>
            <span className="truncate">{me?.username}</span>
          </Button>
        }
      >
        <MenuItem icon={<Settings size={15} />} onSelect={onSettings}>
          {t("settings.title")}
        </MenuItem>
        {me?.role === "admin" && (
          <MenuItem icon={<Users size={15} />} onSelect={() => void navigate({ to: "/admin/users" })}>
            {t("users.title")}
          </MenuItem>
        )}
        {me?.role === "admin" && (
          <MenuItem icon={<ScrollText size={15} />} onSelect={() => void navigate({ to: "/admin/audit" })}>
            {t("audit.title")}
          </MenuItem>
        )}
        {me?.role === "admin" && (
          <MenuItem icon={<ShieldCheck size={15} />} onSelect={() => void navigate({ to: "/admin/boundary" })}>
            {t("boundary.title")}
          </MenuItem>
        )}
        {me?.role === "admin" && (
          <MenuItem icon={<Stethoscope size={15} />} onSelect={() => void navigate({ to: "/admin/doctor" })}>
            {t("doctor.title")}
          </MenuItem>
        )}
        <MenuItem icon={<LogOut size={15} />} onSelect={onSignOut}>
          {t("auth.signOut")}
        </MenuItem>
      </Menu>
      {config?.demoModel && (
        <span className="rounded-full bg-warn-wash px-2 py-0.5 text-xs text-warn" title={t("app.demoHint")}>
          {t("app.demo")}
        </span>
      )}
    </div>
  );
}
