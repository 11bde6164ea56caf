import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { UsageRow } from "./sums";

/** The most rows that the server gives; the newest are among them. */
export const MOST_ROWS = 10_000;

/** usageQuery is what was used from a day on: by the person, or for administrators by everybody or one account. */
export function usageQuery(from: string, of: { everyone: boolean; user?: string }) {
  const query = new URLSearchParams({ from });
  if (of.user) query.set("user", of.user);
  const path = of.everyone ? "/api/admin/usage" : "/api/usage";
  return queryOptions({
    queryKey: ["usage", from, of],
    queryFn: async () => (await api<{ items: UsageRow[] }>("GET", `${path}?${query}`)).items,
  });
}
