import { PanelLeftOpen } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/IconButton";
import { useShell } from "./shellContext";

/** PageHeader is the bar above a page, with the button that brings the session list back. */
export function PageHeader({ title, children }: { title?: string | undefined; children?: ReactNode }) {
  const { t } = useTranslation();
  const { sidebarShown, toggleSidebar } = useShell();
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 px-2 sm:px-3">
      {!sidebarShown && (
        <IconButton label={t("sidebar.open")} onClick={toggleSidebar}>
          <PanelLeftOpen size={18} />
        </IconButton>
      )}
      {title !== undefined && (
        <h1 className="min-w-0 flex-1 truncate px-1 text-sm font-semibold" dir="auto">
          {title}
        </h1>
      )}
      {children}
    </header>
  );
}
