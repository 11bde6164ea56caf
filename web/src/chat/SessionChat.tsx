import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { rememberCommands } from "@/lib/commands";
import { useShortcut } from "@/lib/useShortcut";
import { useHub, useSessionView } from "@/session/context";
import type { SessionStore } from "@/session/store";
import { ToolSessionContext } from "@/tools/session";
import { toolId } from "@/transcript/toolcall";
import { Announcer } from "./Announcer";
import { BackDialog } from "./BackDialog";
import { Composer } from "./Composer";
import { ContextGauge } from "./ContextGauge";
import { Conversation } from "./Conversation";
import { type Choice, nextMode, Options } from "./Options";
import { PermissionCard } from "./PermissionCard";
import { PlanPanel } from "./PlanPanel";
import { attachedTo, putBack } from "./putBack";
import { textOfPrompt } from "./Queued";
import { StatusLine } from "./StatusLine";
import { Tail } from "./Tail";

/** SessionChat is the conversation of one session with everything to steer it. */
export function SessionChat({ store }: { store: SessionStore }) {
  const { t } = useTranslation();
  const hub = useHub();
  const view = useSessionView(store);
  const input = useRef<HTMLTextAreaElement>(null);
  const busy = view.run.state !== "idle";
  const stop = () => void hub.cancel(store);
  const choose = (choice: Choice, value: string) => {
    const done = choice.id === "" ? hub.setMode(store, value) : hub.setOption(store, choice.id, value);
    void done.catch(() => undefined); // The list keeps showing what is in force.
  };
  useSessionKeys(busy, stop, () => {
    const next = nextMode(view);
    if (next) choose(next.choice, next.value);
  });
  const [back, setBack] = useState<string>();
  const still = view.phase === "ready" && !busy && view.queue.length === 0 && view.outbox.length === 0;
  const [card] = view.permissions;
  const { commands } = view.transcript;
  useEffect(() => rememberCommands(store.cwd, commands), [store.cwd, commands]);
  const tools = useMemo(
    () => ({ id: store.id, waiting: new Set(view.permissions.map((p) => toolId(p.toolCall.toolCallId))) }),
    [store.id, view.permissions],
  );
  const blank = view.transcript.order.length === 0 && view.outbox.length === 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col" data-run={view.outbox.length > 0 ? "sending" : view.run.state}>
      {blank && view.phase === "loading" && <Hint text={t("session.loading")} />}
      {blank && view.phase === "ready" && <Hint text={t("session.empty")} />}
      {!blank && (
        <ToolSessionContext.Provider value={tools}>
          <Conversation
            view={view}
            cwd={store.cwd}
            onOlder={() => void hub.history.older(store).catch(() => undefined)}
            onNewer={() => void hub.history.newer(store).catch(() => undefined)}
            onNewest={() => hub.toNewest(store)}
            onBack={still ? setBack : undefined}
            tail={
              <Tail store={store} view={view} onEdit={(prompt) => putBack(store.id, textOfPrompt(prompt), prompt)} />
            }
          />
        </ToolSessionContext.Provider>
      )}
      <div className="mx-auto w-full max-w-[820px] shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-6">
        <StatusLine view={view} onStop={stop} />
        <PlanPanel id={store.id} plan={view.transcript.plan} />
        {card && (
          <PermissionCard
            key={card.key}
            card={card}
            view={view}
            cwd={store.cwd}
            more={view.permissions.length - 1}
            onAnswer={(...answer) => {
              hub.permissions.answer(card.key, ...answer);
              input.current?.focus();
            }}
          />
        )}
        <Composer
          draftKey={store.id}
          busy={busy}
          input={input}
          onSend={(prompt) => hub.prompt(store, prompt)}
          onStop={stop}
          commands={commands}
          options={<Options view={view} onChoose={choose} />}
          gauge={<ContextGauge usage={view.transcript.usage} />}
        />
      </div>
      <BackDialog
        open={back !== undefined}
        onClose={() => setBack(undefined)}
        onBack={async (files) => {
          const attached = attachedTo(view, back ?? ""); // Before the conversation is read afresh.
          putBack(store.id, await hub.goBack(store, back ?? "", files), attached);
        }}
        onDone={() => input.current?.focus()}
      />
      <Announcer view={view} />
    </div>
  );
}

function Hint({ text }: { text: string }) {
  return <div className="grid flex-1 place-items-center p-6 text-center text-soft">{text}</div>;
}

function useSessionKeys(busy: boolean, stop: () => void, cycleMode: () => void) {
  useShortcut((event) => {
    if (event.key === "Escape" && busy && !document.querySelector('[role="dialog"],[role="menu"]')) {
      event.preventDefault();
      stop();
    }
    const writing = event.target instanceof HTMLTextAreaElement;
    if (event.key === "Tab" && event.shiftKey && writing) {
      event.preventDefault();
      cycleMode();
    }
  });
}
