import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { foundQuery, sessionsQuery } from "@/api/queries";
import { useUnread } from "@/lib/seen";
import { useHub } from "@/session/context";
import { Button } from "@/ui/Button";
import { inputClass } from "@/ui/Field";
import { Excerpt } from "./Excerpt";
import { groupsOf } from "./groups";
import { SessionRowView } from "./SessionRowView";

/** FoundList lists the places in sessions where the words stand. */
function FoundList({ text, onNavigate }: { text: string; onNavigate(): void }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(foundQuery(useDeferredValue(text)));
  const found = query.data?.pages.flatMap((p) => p.items) ?? [];
  if (found.length === 0) return null;
  return (
    <section aria-label={t("sidebar.found")}>
      <h2 className="px-2 pt-3 pb-1 text-xs font-medium text-soft">{t("sidebar.found")}</h2>
      <ul>
        {found.map((place) => (
          <li key={`${place.sessionId}:${place.cursor}`}>
            <Link
              to="/s/$sessionId"
              params={{ sessionId: place.sessionId }}
              search={{ at: place.cursor }}
              onClick={onNavigate}
              className="block rounded-lg px-2 py-1.5 text-sm hover:bg-hover"
            >
              <p className="truncate">{place.title || t("sidebar.untitled")}</p>
              <Excerpt found={place} />
            </Link>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button look="plain" className="mt-2 w-full" onClick={() => void query.fetchNextPage()}>
          {t("common.more")}
        </Button>
      )}
    </section>
  );
}

/** SessionList lists the person's sessions, with what needs attention on top. */
export function SessionList({ onNavigate }: { onNavigate(): void }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const [archived, setArchived] = useState(false);
  const query = useInfiniteQuery(sessionsQuery(useDeferredValue(search.trim()), archived));
  const unread = useUnread();
  const hub = useHub();
  useSyncExternalStore(hub.onActivity, hub.activity);
  const rows = (query.data?.pages.flatMap((p) => p.sessions) ?? [])
    .filter((s) => archived || !s.archived)
    .map((s) => ({ ...s, state: hub.runState(s.id) ?? s.state }));
  return (
    <>
      <div className="px-3 pb-2">
        <input
          type="search"
          aria-label={t("sidebar.search")}
          placeholder={t("sidebar.search")}
          className={inputClass}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <nav aria-label={t("sidebar.label")} className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
        {query.isError && rows.length === 0 && <p className="px-2 py-3 text-sm text-bad">{t("sidebar.failed")}</p>}
        {query.isSuccess && rows.length === 0 && (
          <p className="px-2 py-3 text-sm text-soft">{search ? t("sidebar.noMatch") : t("sidebar.none")}</p>
        )}
        {groupsOf(rows).map((group) => (
          <section key={group.name} aria-label={t(`sidebar.${group.name}`)}>
            <h2 className="px-2 pt-3 pb-1 text-xs font-medium text-soft">{t(`sidebar.${group.name}`)}</h2>
            <ul>
              {group.rows.map((row) => (
                <SessionRowView
                  key={row.id}
                  row={row}
                  ask={hub.asks(row.id)}
                  unread={unread.has(row.id)}
                  onNavigate={onNavigate}
                />
              ))}
            </ul>
          </section>
        ))}
        {search.trim() && <FoundList text={search.trim()} onNavigate={onNavigate} />}
        {query.hasNextPage && (
          <Button look="plain" className="mt-2 w-full" onClick={() => void query.fetchNextPage()}>
            {t("common.more")}
          </Button>
        )}
        <Button look="plain" className="mt-2 w-full text-xs text-soft" onClick={() => setArchived(!archived)}>
          {archived ? t("sidebar.hideArchived") : t("sidebar.showArchived")}
        </Button>
      </nav>
    </>
  );
}
