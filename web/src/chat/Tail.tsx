import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ContentBlock } from "@/acp/types";
import { useHub } from "@/session/context";
import type { SessionStore, SessionView } from "@/session/store";
import { Button } from "@/ui/Button";
import { ErrorMessage, UserMessage } from "./messages";
import { Queued, textOfPrompt } from "./Queued";

interface TailProps {
  store: SessionStore;
  view: SessionView;
  onEdit(prompt: ContentBlock[]): void;
}

/** Tail shows what belongs behind the conversation: how the turn ended, prompts on their way, prompts that wait. */
export function Tail({ store, view, onEdit }: TailProps) {
  return (
    <div className="space-y-4 pt-4 empty:hidden">
      <TurnEnd view={view} />
      {view.run.interrupted && <Interrupted store={store} waiting={view.queue.length} />}
      {view.outbox.map((o) => (
        <Sending key={o.promptId} store={store} promptId={o.promptId} prompt={o.prompt} failed={o.failed} />
      ))}
      {view.queue.map((q) => (
        <Queued
          key={q.promptId}
          store={store}
          promptId={q.promptId}
          prompt={q.prompt}
          turnRuns={view.run.state !== "idle"}
          onEdit={onEdit}
        />
      ))}
    </div>
  );
}

const ENDINGS = {
  max_tokens: "status.maxTokens",
  refusal: "status.refusal",
  max_turn_requests: "status.maxTurns",
} as const;

function TurnEnd({ view }: { view: SessionView }) {
  const { t } = useTranslation();
  const { state, error, stopReason } = view.run;
  if (state !== "idle") return null;
  const last = view.transcript.items.get(view.transcript.order.at(-1) ?? "");
  const alreadyThere = last?.kind === "message" && last.error;
  if (error) return alreadyThere ? null : <ErrorMessage text={error} />;
  const ending =
    stopReason && Object.hasOwn(ENDINGS, stopReason) ? ENDINGS[stopReason as keyof typeof ENDINGS] : undefined;
  return ending ? <p className="px-2 text-sm text-warn">{t(ending)}</p> : null;
}

/** Interrupted offers to go on with a turn that a restart, a crash or a failure cut off. */
function Interrupted({ store, waiting }: { store: SessionStore; waiting: number }) {
  const { t } = useTranslation();
  const hub = useHub();
  const [failure, setFailure] = useState<string>();
  const goOn = () => {
    setFailure(undefined);
    hub.continue(store).catch((error: unknown) => {
      // Without a connection the next one tells how the turn stands.
      if (hub.link.state.phase === "open") setFailure(error instanceof Error ? error.message : String(error));
    });
  };
  return (
    <div className="flex flex-wrap items-center gap-3 px-2 text-sm text-warn" role="status">
      <span>
        {t("status.cutOff")} {waiting > 0 && t("queue.held")}
      </span>
      <Button onClick={goOn}>{t("status.continue")}</Button>
      {failure && <ErrorMessage text={failure} />}
    </div>
  );
}

interface WaitingProps {
  store: SessionStore;
  promptId: string;
  prompt: ContentBlock[];
}

function Sending({ store, promptId, prompt, failed }: WaitingProps & { failed: string | undefined }) {
  const { t } = useTranslation();
  const hub = useHub();
  return (
    <div>
      <div className={failed ? "" : "opacity-70"}>
        <UserMessage text={textOfPrompt(prompt)} extras={prompt.filter((b) => b.type !== "text")} />
      </div>
      {failed && (
        <div className="mt-2 flex flex-wrap items-center justify-end gap-2 text-sm text-bad" role="alert">
          <span>
            {t("queue.notSent")}: {failed}
          </span>
          <Button onClick={() => hub.prompt(store, prompt, promptId)}>{t("common.retry")}</Button>
          <Button look="plain" onClick={() => store.removeOutgoing(promptId)}>
            {t("common.remove")}
          </Button>
        </div>
      )}
    </div>
  );
}
