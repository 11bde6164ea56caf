import { useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { sessionsQuery } from "@/api/queries";
import type { SessionRow } from "@/api/types";
import { markRead, markUnread } from "@/lib/seen";
import type { Hub } from "@/session/hub";

/**
 * useAttention keeps the marks: a session whose turn ended while nobody looked at it is unread, and the title of the
 * document says what the agent wants of the person, anywhere.
 */
export function useAttention(hub: Hub) {
  const { t } = useTranslation();
  const { sessionId } = useParams({ strict: false });
  const { data } = useInfiniteQuery(sessionsQuery(""));
  const rows = data?.pages.flatMap((p) => p.sessions) ?? [];
  useUnreadMarks(rows, sessionId);
  const asked = useSyncExternalStore(hub.onActivity, () => hub.anyAsk(sessionId));
  // Of what a session asks that is not open here, no more is known than that it does.
  const ask = asked ?? (rows.some((s) => s.state === "requires_action") ? "something" : undefined);
  const title = rows.find((s) => s.id === sessionId)?.title || t("app.name");
  useEffect(() => {
    document.title = ask ? `● ${t(`asks.${ask}`)} · ${title}` : title;
  }, [ask, title, t]);
}

function useUnreadMarks(rows: readonly SessionRow[], current: string | undefined) {
  const before = useRef(new Map<string, SessionRow["state"]>());
  useEffect(() => {
    for (const { id, state } of rows) {
      const ended = state === "idle" && (before.current.get(id) ?? "idle") !== "idle";
      if (ended && (id !== current || document.hidden)) markUnread(id);
      before.current.set(id, state);
    }
  }, [rows, current]);
  useEffect(() => {
    const read = () => {
      if (current && !document.hidden) markRead(current);
    };
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [current]);
}
