import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { type ReactNode, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { configQuery } from "@/api/queries";
import { useNow } from "@/lib/useNow";
import { useHub, useLinkState } from "@/session/context";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";

const PATIENCE = 3_000;
const VERSION_CHECK = 300_000;

/** ConnectionBanner appears when the connection has been gone for three seconds, and says why. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const { link } = useHub();
  const state = useLinkState();
  const down = state.phase === "connecting" || state.phase === "waiting";
  const now = useNow(down, 500);
  if (state.phase === "refused") {
    return (
      <Banner text={t("connection.refused")}>
        <Button onClick={link.retryNow}>{t("connection.now")}</Button>
      </Banner>
    );
  }
  if (!down || now - state.since < PATIENCE) {
    return (
      <>
        <NewVersion />
        <DetourNotice />
      </>
    );
  }
  const reason = state.reason ? `${t(`connection.reason.${state.reason}`)} ` : "";
  if (state.phase === "connecting") {
    return <Banner text={reason ? t("connection.lost", { reason }) : t("connection.connecting")} />;
  }
  const seconds = Math.max(0, Math.ceil((state.retryAt - now) / 1000));
  return (
    <Banner text={t("connection.waiting", { reason, seconds })}>
      <Button onClick={link.retryNow}>{t("connection.now")}</Button>
    </Banner>
  );
}

/** NewVersion asks for a reload when the server is no longer the one that this page came from. */
function NewVersion() {
  const { t } = useTranslation();
  const { data: config } = useQuery({ ...configQuery, refetchInterval: VERSION_CHECK, refetchOnReconnect: true });
  const [first, setFirst] = useState(config?.version);
  if (first === undefined && config) setFirst(config.version);
  if (!config || first === undefined || config.version === first) return null;
  return (
    <Banner text={t("connection.newVersion")}>
      <Button onClick={() => location.reload()}>{t("error.reload")}</Button>
    </Banner>
  );
}

/** DetourNotice says that the page uses another address than the one that was set, and why. */
function DetourNotice() {
  const { t } = useTranslation();
  const { link } = useHub();
  const detour = useSyncExternalStore(link.subscribe, () => link.detour);
  const [first] = detour?.failed ?? [];
  if (!detour || !first) return null;
  const reason = t(`connection.reason.${first.reason}`);
  return (
    <Banner text={t("connection.detour", { failed: first.url, reason, url: detour.url })}>
      <IconButton small label={t("common.close")} onClick={link.dismissDetour}>
        <X size={15} />
      </IconButton>
    </Banner>
  );
}

function Banner({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div role="status" className="flex items-center gap-3 border-b bg-warn-wash px-4 py-1.5 text-sm text-warn">
      <p className="min-w-0 flex-1 break-words">{text}</p>
      {children}
    </div>
  );
}
