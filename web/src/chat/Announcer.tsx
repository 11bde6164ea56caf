import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isPlan, questionOf } from "@/session/question";
import type { SessionView } from "@/session/store";

/** Announcer tells screen readers finished things only: an answer that is complete, a permission that is asked. */
export function Announcer({ view }: { view: SessionView }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const before = useRef(view.run.state);
  const [card] = view.permissions;
  const asked = card && (isPlan(card) ? t("plan.title") : (card.toolCall.title ?? undefined));
  const asks = card && (isPlan(card) || questionOf(card)) ? "status.asks" : "status.needsPermission";
  useEffect(() => {
    if (asked !== undefined) setText(t(asks, { what: asked }));
  }, [asked, asks, t]);
  useEffect(() => {
    const ended = before.current !== "idle" && view.run.state === "idle";
    before.current = view.run.state;
    if (!ended) return;
    const { order, items } = view.transcript;
    const last = items.get(order.at(-1) ?? "");
    const said = last?.kind === "message" && last.role === "agent" ? last.text : "";
    setText(`${t("status.finished")} ${said}`.trim());
  }, [view.run.state, view.transcript, t]);
  return (
    <div aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
