import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import {
  ChartColumn,
  ChartColumnStacked,
  LogOut,
  PanelLeftClose,
  ScrollText,
  Settings,
  ShieldCheck,
  SquarePen,
  Stethoscope,
  Users,
} from "lucide-react";
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
      <Account onSettings={onSettings} onSignOut={onSignOut} onNavigate={onNavigate} />
    </div>
  );
}

const ADMIN_PAGES = [
  { to: "/admin/users", icon: Users, title: "users.title" },
  { to: "/admin/usage", icon: ChartColumnStacked, title: "usage.allTitle" },
  { to: "/admin/audit", icon: ScrollText, title: "audit.title" },
  { to: "/admin/boundary", icon: ShieldCheck, title: "boundary.title" },
  { to: "/admin/doctor", icon: Stethoscope, title: "doctor.title" },
] as const;

function Account({ onSettings, onSignOut, onNavigate }: Omit<SidebarProps, "onHide">) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const { data: config } = useQuery(configQuery);
  const navigate = useNavigate();
  const go = (to: "/usage" | (typeof ADMIN_PAGES)[number]["to"]) => {
    onNavigate();
    void navigate({ to, search: {} });
  };
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
        <MenuItem icon={<ChartColumn size={15} />} onSelect={() => go("/usage")}>
          {t("usage.title")}
        </MenuItem>
        {me?.role === "admin" &&
          ADMIN_PAGES.map(({ to, icon: Icon, title }) => (
            <MenuItem key={to} icon={<Icon size={15} />} onSelect={() => go(to)}>
              {t(title)}
            </MenuItem>
          ))}
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
