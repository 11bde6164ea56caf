import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { sessionQuery } from "@/api/queries";
import type { SessionRow } from "@/api/types";
import { SessionChat } from "@/chat/SessionChat";
import { useHub, useSessionView } from "@/session/context";
import type { SessionStore } from "@/session/store";
import { PageHeader } from "@/shell/PageHeader";
import { SessionMenu } from "@/shell/SessionMenu";
import { Button } from "@/ui/Button";

/** SessionPage shows one session. A session that was just made is open already; any other is looked up first. */
export function SessionPage() {
  const { sessionId = "" } = useParams({ strict: false });
  const hub = useHub();
  const { data: row, error } = useQuery(sessionQuery(sessionId));
  const cwd = row?.cwd;
  const [store, setStore] = useState<SessionStore | undefined>(() => hub.get(sessionId));
  useEffect(() => {
    setStore(cwd === undefined ? hub.get(sessionId) : hub.open(sessionId, cwd));
  }, [hub, sessionId, cwd]);
  if (store?.id === sessionId) return <Opened key={sessionId} store={store} row={row} />;
  return <Closed error={error} />;
}

function Opened({ store, row }: { store: SessionStore; row: SessionRow | undefined }) {
  const { t } = useTranslation();
  const hub = useHub();
  const view = useSessionView(store);
  useJump(store, view.phase === "ready");
  const title = row?.title || view.transcript.title || t("sidebar.untitled");
  return (
    <>
      <PageHeader title={title}>{row && <SessionMenu row={row} />}</PageHeader>
      {view.phase === "failed" ? (
        <Message text={view.failure ?? t("session.failed")}>
          <Button onClick={() => hub.reopen(store)}>{t("common.retry")}</Button>
        </Message>
      ) : (
        <SessionChat store={store} />
      )}
    </>
  );
}

/** useJump shows the place that the address names, and takes it out of the address when the person has left it. */
function useJump(store: SessionStore, ready: boolean) {
  const hub = useHub();
  const navigate = useNavigate();
  const { at } = useSearch({ strict: false });
  const shown = useSessionView(store).past?.at;
  const before = useRef<string>(undefined);
  useEffect(() => {
    if (ready && at) void hub.history.jump(store, at).catch(() => undefined);
  }, [hub, store, ready, at]);
  useEffect(() => {
    const left = before.current !== undefined && shown === undefined;
    before.current = shown;
    if (left && at) void navigate({ to: "/s/$sessionId", params: { sessionId: store.id }, search: {}, replace: true });
  }, [shown, at, navigate, store]);
}

function Closed({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <>
      <PageHeader title={t("app.name")} />
      {error ? (
        <Message text={missing ? t("session.missing") : t("session.failed")}>
          <Link to="/" className="text-accent underline">
            {t("session.back")}
          </Link>
        </Message>
      ) : (
        <Message text={t("session.loading")} />
      )}
    </>
  );
}

function Message({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div className="grid flex-1 place-content-center gap-3 p-6 text-center text-soft">
      <p>{text}</p>
      {children}
    </div>
  );
}
