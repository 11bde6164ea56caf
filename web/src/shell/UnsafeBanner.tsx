import { useQuery } from "@tanstack/react-query";
import { ShieldOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { configQuery } from "@/api/queries";

/** UnsafeBanner says on every page that tools run without a boundary, if the operator chose that. */
export function UnsafeBanner() {
  const { t } = useTranslation();
  const { data: config } = useQuery(configQuery);
  if (config?.sandbox.enabled !== "unsafe") {
    return null;
  }
  return (
    <p className="flex items-center gap-3 border-b bg-warn-wash px-4 py-1.5 text-sm text-warn">
      <ShieldOff size={15} className="shrink-0" aria-hidden />
      {t("app.unsafe")}
    </p>
  );
}
