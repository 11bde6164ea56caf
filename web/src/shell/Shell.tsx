import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { Dialog as Drawer } from "radix-ui";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { forgetAttachments } from "@/chat/useAttachments";
import { useShortcut } from "@/lib/useShortcut";
import { newHub } from "@/session/connect";
import { HubProvider } from "@/session/context";
import type { Hub } from "@/session/hub";
import { SettingsDialog } from "@/settings/SettingsDialog";
import { PortalScope } from "@/ui/PortalScope";
import { ConnectionBanner } from "./ConnectionBanner";
import { Palette } from "./Palette";
import { Sidebar } from "./Sidebar";
import { ShellContext } from "./shellContext";
import { UnsafeBanner } from "./UnsafeBanner";
import { useAttention } from "./useAttention";
import { useWide } from "./useWide";

/** Shell is the frame around every page of a signed-in person; it owns the connection. */
export function Shell() {
  const queries = useQueryClient();
  const hub = useMemo(() => newHub(queries), [queries]);
  return (
    <HubProvider hub={hub}>
      <Frame hub={hub} />
    </HubProvider>
  );
}

function Frame({ hub }: { hub: Hub }) {
  const { t } = useTranslation();
  const wide = useWide();
  const [shown, setShown] = useState(true);
  const [drawer, setDrawer] = useState(false);
  const [palette, setPalette] = useState(false);
  const [settings, setSettings] = useState(false);
  const signOut = useConnection(hub);
  useAttention(hub);
  useShortcut((event) => {
    if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      setPalette((open) => !open);
    }
  });
  const toggle = () => (wide ? setShown(!shown) : setDrawer(true));
  const sidebar = (
    <Sidebar
      onHide={() => (wide ? setShown(false) : setDrawer(false))}
      onNavigate={() => setDrawer(false)}
      onSettings={() => setSettings(true)}
      onSignOut={() => void signOut()}
    />
  );
  return (
    <div className="flex h-dvh">
      {wide && shown && (
        <aside className="w-72 shrink-0 border-e">
          <PortalScope>{sidebar}</PortalScope>
        </aside>
      )}
      {!wide && (
        <Drawer.Root open={drawer} onOpenChange={setDrawer}>
          <Drawer.Portal>
            <Drawer.Overlay className="fixed inset-0 z-30 bg-black/40" />
            <Drawer.Content
              aria-describedby={undefined}
              className="fixed inset-y-0 start-0 z-40 w-[86vw] max-w-80 border-e shadow-2xl"
            >
              <Drawer.Title className="sr-only">{t("sidebar.label")}</Drawer.Title>
              <PortalScope>{sidebar}</PortalScope>
            </Drawer.Content>
          </Drawer.Portal>
        </Drawer.Root>
      )}
      <main className="flex min-w-0 flex-1 flex-col">
        <PortalScope>
          <ConnectionBanner />
          <UnsafeBanner />
          <ShellContext.Provider value={{ sidebarShown: wide && shown, toggleSidebar: toggle }}>
            <Outlet />
          </ShellContext.Provider>
        </PortalScope>
      </main>
      <Palette open={palette} onOpenChange={setPalette} onSettings={() => setSettings(true)} />
      <SettingsDialog open={settings} onOpenChange={setSettings} />
    </div>
  );
}

/** useConnection runs the link while the shell is shown, and returns what signs out. */
function useConnection(hub: Hub) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    const leave = async (signedOut: boolean) => {
      queries.clear();
      forgetAttachments();
      await navigate({ to: "/login", search: signedOut ? { reason: "signed-out" } : {} });
    };
    const unsubscribe = hub.link.subscribe(() => {
      if (hub.link.state.phase === "signed-out") void leave(true);
    });
    const offActivity = hub.onActivity(() => void queries.invalidateQueries({ queryKey: ["sessions"] }));
    hub.link.start();
    return () => {
      unsubscribe();
      offActivity();
      hub.link.stop();
    };
  }, [hub, queries, navigate]);
  return async () => {
    hub.link.stop();
    await api("POST", "/api/auth/logout").catch(() => undefined);
    queries.clear();
    forgetAttachments();
    await navigate({ to: "/login", search: {} });
  };
}
