import { createContext, type ReactNode, useContext, useSyncExternalStore } from "react";
import type { LinkState } from "@/acp/link";
import type { Hub } from "./hub";
import type { SessionStore, SessionView } from "./store";

const HubContext = createContext<Hub | undefined>(undefined);

export function HubProvider({ hub, children }: { hub: Hub; children: ReactNode }) {
  return <HubContext.Provider value={hub}>{children}</HubContext.Provider>;
}

export function useHub(): Hub {
  const hub = useContext(HubContext);
  if (!hub) throw new Error("useHub needs a HubProvider around it");
  return hub;
}

export function useSessionView(store: SessionStore): SessionView {
  return useSyncExternalStore(store.subscribe, store.getView);
}

export function useLinkState(): LinkState {
  const { link } = useHub();
  return useSyncExternalStore(link.subscribe, () => link.state);
}
