import { infiniteQueryOptions, QueryClient, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError, api } from "./client";
import type {
  Config,
  Found,
  Me,
  MessagePage,
  Patient,
  Project,
  Repaired,
  SessionPage,
  SessionRow,
  Token,
} from "./types";

const IDLE_POLL = 20_000;
const BUSY_POLL = 4_000;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 3 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      },
    },
  });
}

export const configQuery = queryOptions({
  queryKey: ["config"],
  queryFn: () => api<Config>("GET", "/api/config"),
  staleTime: 60_000,
});

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: () => api<Me>("GET", "/api/me"), staleTime: 60_000 });

export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: async () => listOf<Project>(await api<unknown>("GET", "/api/projects"), "projects"),
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async () => listOf<Token>(await api<unknown>("GET", "/api/tokens"), "tokens"),
});

/** sessionsQuery lists the sessions page by page, newest first, and looks again more often while one is at work. */
export function sessionsQuery(search: string, archived = false) {
  return infiniteQueryOptions({
    queryKey: ["sessions", { search, archived }],
    initialPageParam: "",
    queryFn: async ({ pageParam }): Promise<SessionPage> => {
      const query = new URLSearchParams({ limit: "50" });
      if (search) query.set("q", search);
      if (archived) query.set("archived", "true");
      if (pageParam) query.set("cursor", pageParam);
      const answer = await api<Record<string, unknown>>("GET", `/api/sessions?${query}`);
      const cursor = answer.nextCursor ?? answer.next;
      return { sessions: listOf<SessionRow>(answer, "sessions"), nextCursor: typeof cursor === "string" ? cursor : "" };
    },
    getNextPageParam: (page) => page.nextCursor || undefined,
    refetchInterval: ({ state }) => {
      const rows = state.data?.pages.flatMap((p) => p.sessions) ?? [];
      return rows.some((s) => s.state !== "idle") ? BUSY_POLL : IDLE_POLL;
    },
  });
}

export function sessionQuery(id: string) {
  return queryOptions({
    queryKey: ["session", id],
    queryFn: () => api<SessionRow>("GET", `/api/sessions/${encodeURIComponent(id)}`),
  });
}

/** The places of a conversation that a page of it can be asked by. */
export type PagePlace = { before: string } | { after: string } | { around: string } | Record<string, never>;

const PAGE_RECORDS = "80";

/** messages reads a page of a conversation: the newest one if no place is given. */
export function messages(id: string, place: PagePlace): Promise<MessagePage> {
  const query = new URLSearchParams({ limit: PAGE_RECORDS, ...place });
  return api<MessagePage>("GET", `/api/sessions/${encodeURIComponent(id)}/messages?${query}`);
}

/**
 * subagentQuery reads a subagent's own conversation from its end on. The subagent goes by the call that started it. What was
 * read while it was at work does not count once it has ended.
 */
export function subagentQuery(sessionId: string, call: string, running: boolean) {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}/subagents/${encodeURIComponent(call)}/messages`;
  return infiniteQueryOptions({
    queryKey: ["subagent", sessionId, call, running],
    staleTime: 0,
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: PAGE_RECORDS, ...(pageParam && { before: pageParam }) });
      return api<MessagePage>("GET", `${path}?${query}`);
    },
    getNextPageParam: (page) => page.nextBefore ?? undefined,
  });
}

/** foundQuery looks through what was said in all sessions, newest first. */
export function foundQuery(text: string) {
  return infiniteQueryOptions({
    queryKey: ["found", text],
    enabled: text.length > 1 || /[^\p{ASCII}]/u.test(text),
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({ q: text, limit: "20" });
      if (pageParam) query.set("cursor", pageParam);
      return api<{ items: Found[]; nextCursor: string | null }>("GET", `/api/search?${query}`, undefined, signal);
    },
    getNextPageParam: (page) => page.nextCursor || undefined,
  });
}

/** useForkSession makes a new session of one, up to and with a message, or all of it. */
export function useForkSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, messageId }: { id: string; messageId?: string | undefined }) =>
      api<SessionRow>("POST", `/api/sessions/${encodeURIComponent(id)}/fork`, messageId ? { messageId } : {}),
    onSettled: () => client.invalidateQueries({ queryKey: ["sessions"] }),
  });
}

/** exportAddress is where a session comes as a file. */
export function exportAddress(id: string, format: "md" | "html" | "jsonl", language: string): string {
  return `/api/sessions/${encodeURIComponent(id)}/export?${new URLSearchParams({ format, lang: language })}`;
}

export const patientsQuery = queryOptions({
  queryKey: ["patients"],
  queryFn: async () => listOf<Patient>(await api<unknown>("GET", "/api/admin/doctor"), "patients"),
});

/** useRepair has a session's transcript repaired. */
export function useRepair() {
  return useMutation({
    mutationFn: (sessionId: string) => api<Repaired>("POST", "/api/admin/doctor/repair", { sessionId }),
  });
}

export type SessionPatch = Partial<Pick<SessionRow, "title" | "archived" | "pinned">>;

/** usePatchSession renames, archives or pins a session. */
export function usePatchSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, patch }: { id: string; patch: SessionPatch }) =>
      api<SessionRow>("PATCH", `/api/sessions/${encodeURIComponent(id)}`, patch),
    onSettled: (_data, _error, { id }) =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["sessions"] }),
        client.invalidateQueries({ queryKey: ["session", id] }),
      ]),
  });
}

export function useDeleteSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api<void>("DELETE", `/api/sessions/${encodeURIComponent(id)}`),
    onSettled: () => refresh(client, ["sessions", "trash"]),
  });
}

/** useDeleteProject deletes a project and the sessions in it. */
export function useDeleteProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => api<void>("DELETE", `/api/projects/${encodeURIComponent(name)}`),
    onSettled: () => refresh(client, ["projects", "sessions", "trash"]),
  });
}

/** refresh has lists read anew. */
export function refresh(client: QueryClient, keys: string[]) {
  return Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key] })));
}

/** listOf reads a list that is the answer itself, or stands in it under `name` or `items`. */
function listOf<T>(answer: unknown, name: string): T[] {
  if (Array.isArray(answer)) return answer as T[];
  const record = (answer ?? {}) as Record<string, unknown>;
  const list = record[name] ?? record.items;
  return Array.isArray(list) ? (list as T[]) : [];
}
