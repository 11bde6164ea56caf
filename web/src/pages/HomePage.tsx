import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ContentBlock } from "@/acp/types";
import { meQuery } from "@/api/queries";
import { Composer } from "@/chat/Composer";
import { putBack } from "@/chat/putBack";
import { textOfPrompt } from "@/chat/Queued";
import { setDraft } from "@/chat/useDraft";
import { knownCommands } from "@/lib/commands";
import { useHub, useLinkState } from "@/session/context";
import { PageHeader } from "@/shell/PageHeader";
import { ErrorText } from "@/ui/ErrorText";
import { ProjectPicker } from "./ProjectPicker";

const DRAFT = "new";

/** HomePage begins a session: what to do, and in which project. */
export function HomePage() {
  const { t } = useTranslation();
  const hub = useHub();
  const navigate = useNavigate();
  const { data: me } = useQuery(meQuery);
  const online = useLinkState().phase === "open";
  const [project, setProject] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [starting, setStarting] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const cwd = project ?? me?.defaultCwd;
  const commands = useMemo(() => knownCommands(cwd), [cwd]);

  const start = async (prompt: ContentBlock[]) => {
    if (!cwd) return;
    setStarting(true);
    setError(undefined);
    try {
      const store = await hub.create(cwd);
      hub.prompt(store, prompt);
      await navigate({ to: "/s/$sessionId", params: { sessionId: store.id } });
    } catch (failure) {
      putBack(DRAFT, textOfPrompt(prompt), prompt); // Nothing of what was typed is lost.
      setError(failure);
      setStarting(false);
    }
  };

  const ideas = [t("home.idea1"), t("home.idea2"), t("home.idea3")];
  return (
    <>
      <PageHeader />
      <div className="flex min-h-0 flex-1 flex-col justify-end overflow-y-auto px-3 pb-4 sm:justify-center sm:px-6 sm:pb-24">
        <div className="mx-auto w-full max-w-[720px] space-y-4">
          <h1 className="text-center text-2xl font-semibold tracking-tight">{t("home.title")}</h1>
          <ErrorText error={error} />
          <Composer
            draftKey={DRAFT}
            busy={false}
            input={input}
            disabled={!online || starting || !cwd}
            onSend={(prompt) => void start(prompt)}
            onStop={() => undefined}
            commands={commands}
            options={<ProjectPicker value={project} onChange={setProject} />}
          />
          <ul aria-label={t("home.ideas")} className="flex flex-wrap justify-center gap-2">
            {ideas.map((idea) => (
              <li key={idea}>
                <button
                  type="button"
                  className="rounded-full border px-3 py-1.5 text-sm text-soft hover:bg-hover hover:text-ink"
                  onClick={() => {
                    setDraft(DRAFT, idea);
                    input.current?.focus();
                  }}
                >
                  {idea}
                </button>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </>
  );
}
