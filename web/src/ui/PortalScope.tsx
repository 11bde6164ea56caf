import { createContext, type ReactNode, useContext, useState } from "react";

const PortalContext = createContext<HTMLElement | undefined>(undefined);

/** usePortal is where a menu opens; undefined stands for the end of the document. */
export function usePortal(): HTMLElement | undefined {
  return useContext(PortalContext);
}

/** PortalScope has the menus within it open within it too: what is outside of all landmarks, screen readers may pass by. */
export function PortalScope({ children }: { children: ReactNode }) {
  const [element, setElement] = useState<HTMLElement | null>(null);
  return (
    <PortalContext.Provider value={element ?? undefined}>
      {children}
      <div ref={setElement} />
    </PortalContext.Provider>
  );
}

/** PortalReset is for dialogs, which hide the page behind them. */
export function PortalReset({ children }: { children: ReactNode }) {
  return <PortalContext.Provider value={undefined}>{children}</PortalContext.Provider>;
}
