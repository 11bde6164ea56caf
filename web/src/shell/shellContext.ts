import { createContext, useContext } from "react";

interface ShellState {
  sidebarShown: boolean;
  toggleSidebar(): void;
}

export const ShellContext = createContext<ShellState>({ sidebarShown: true, toggleSidebar: () => undefined });

export function useShell(): ShellState {
  return useContext(ShellContext);
}
