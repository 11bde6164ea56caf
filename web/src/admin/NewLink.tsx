import { useTranslation } from "react-i18next";
import { CopyButton } from "@/ui/CopyButton";
import type { OneTimeLink } from "./queries";

/** NewLink shows a link while it can still be seen. The secret stands behind the #, which browsers send nobody. */
export function NewLink({ link }: { link: OneTimeLink }) {
  const { t, i18n } = useTranslation();
  const page = link.kind === "invitation" ? "signup" : "reset";
  const address = `${window.location.origin}/${page}#${link.secret}`;
  return (
    <div className="rounded-lg border border-good/40 bg-good-wash p-2.5 text-sm text-good">
      <p>{t("users.linkOnce", { until: new Date(link.expiresAt).toLocaleString(i18n.language) })}</p>
      <div className="mt-1 flex items-center gap-2">
        <code className="min-w-0 flex-1 font-mono text-xs break-all">{address}</code>
        <CopyButton text={address} label={t("common.copy")} />
      </div>
    </div>
  );
}
