import type { QueryClient } from "@tanstack/react-query";
import { candidates } from "@/acp/address";
import { SignedOut } from "@/acp/link";
import { ApiError, api } from "@/api/client";
import { configQuery, messages } from "@/api/queries";
import type { Ticket } from "@/api/types";
import { Hub } from "./hub";

/** newHub makes the page's one hub; its link learns the addresses and the tickets from the app. */
export function newHub(queries: QueryClient): Hub {
  return new Hub({
    readPage: messages,
    candidates: async () => {
      const config = await queries.ensureQueryData(configQuery).catch(() => undefined);
      return candidates({ runtime: config?.wsUrl, build: import.meta.env.VITE_WS_URL, page: window.location });
    },
    ticket: async () => {
      try {
        return (await api<Ticket>("POST", "/api/ws-ticket")).ticket;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) throw new SignedOut();
        if (error instanceof ApiError && error.status === 0) throw error;
        return undefined; // On the same origin the cookie is enough.
      }
    },
  });
}
