import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";

/** User is an account as administrators see it. */
export interface User {
  id: string;
  username: string;
  role: "admin" | "user";
  disabled: boolean;
  createdAt: string;
  /** When a deleted account is removed for good. */
  purgeAt: string | null;
  secondFactor: boolean;
}

/** OneTimeLink is an invitation, or a way to a new password. Its secret comes once. */
export interface OneTimeLink {
  id: string;
  kind: "invitation" | "reset";
  role: string;
  userId: string;
  expiresAt: string;
  secret?: string;
}

export interface AuditEntry {
  seq: number;
  at: string;
  actor: string;
  username: string;
  action: string;
  target: string;
  address: string;
  detail: Record<string, string>;
}

type Items<T> = { items: T[] };

/** Boundary is what holds tools in, as the last test found it. */
export interface Boundary {
  enabled: string;
  tier: "none" | "landlock" | "namespaces" | "unsafe";
  ok: boolean;
  detail: string;
  testedAt: string;
  tookMs: number;
  network: string;
  hosts: string[];
  limits: { outputBytes: number; tasks: number; memoryBytes: number };
}

export const boundaryQuery = queryOptions({
  queryKey: ["boundary"],
  queryFn: () => api<Boundary>("GET", "/api/admin/boundary"),
  refetchInterval: 30_000,
});

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: async () => (await api<Items<User>>("GET", "/api/admin/users")).items,
});

export const linksQuery = queryOptions({
  queryKey: ["links"],
  queryFn: async () => (await api<Items<OneTimeLink>>("GET", "/api/admin/links")).items,
});

/** auditQuery is the audit log, the newest entries first; the text is looked for in one field. */
export function auditQuery(field: "q" | "actor" | "action", text: string) {
  return infiniteQueryOptions({
    queryKey: ["audit", field, text],
    initialPageParam: 0,
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: "50", before: String(pageParam) });
      if (text) query.set(field, text);
      return api<Items<AuditEntry> & { next: number | null }>("GET", `/api/admin/audit?${query}`);
    },
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** useAdmin makes a change and has users and links read anew. */
export function useAdmin<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["users"] }),
        queries.invalidateQueries({ queryKey: ["links"] }),
      ]),
  });
}
