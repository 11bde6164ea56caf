import { Bot } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Markdown } from "@/markdown/Markdown";
import { VisibleText } from "@/ui/VisibleText";
import { Ask } from "./generic";
import { Fold, Note, Output, Subject, Verb } from "./parts";
import { field, numberField, record, textOf } from "./read";
import { useToolSession } from "./session";
import type { ToolProps, ToolView } from "./types";

function Line({ tool }: ToolProps) {
  const { t } = useTranslation();
  const type = field(tool.input, "subagent_type") ?? field(tool.output, "agentType");
  const calls = numberField(tool.output, "totalToolUseCount");
  return (
    <>
      <Verb>{t("tool.agent")}</Verb>
      <Subject text={field(tool.input, "description") ?? tool.title} code={false} />
      {type && (
        <span className="shrink-0 max-sm:hidden">
          <Note>{type}</Note>
        </span>
      )}
      {calls !== undefined && <Note>{t("tool.calls", { count: calls })}</Note>}
    </>
  );
}

const LIVE_STEPS = 3;

/** stepsOf is what the server tells of a subagent at work. Before its first step, and of a nested one, that is its task alone. */
function stepsOf(tool: ToolProps["tool"]): string[] {
  const text = textOf(tool);
  return text.trim() === field(tool.input, "prompt")?.trim() ? [] : text.split("\n").filter(Boolean);
}

/** Live shows the last steps of a subagent at work. */
function Live({ tool }: ToolProps) {
  const session = useToolSession();
  const steps = stepsOf(tool).slice(-LIVE_STEPS);
  if (steps.length > 0 || !session) return <Steps steps={steps} />;
  return (
    <Suspense>
      <SubagentSteps tool={tool} session={session.id} show={(found) => <Steps steps={found} />} />
    </Suspense>
  );
}

function Steps({ steps }: { steps: string[] }) {
  if (steps.length === 0) return null;
  return (
    <ul className="ms-4 border-s ps-3 text-xs text-soft" data-testid="agent-steps">
      {steps.map((step, index) => (
        <li key={`${String(index)}:${step}`} className="truncate">
          <VisibleText text={step} />
        </li>
      ))}
    </ul>
  );
}

// Its rows are tool calls as well: what they need must be there before it.
const Subagent = lazy(async () => ({ default: (await import("@/chat/Subagent")).Subagent }));
const SubagentSteps = lazy(async () => ({ default: (await import("@/chat/Subagent")).SubagentSteps }));

function Body({ tool, cwd }: ToolProps) {
  const { t } = useTranslation();
  const session = useToolSession();
  const prompt = field(tool.input, "prompt");
  const report = reportOf(tool);
  const running = tool.status === "pending" || tool.status === "in_progress";
  return (
    <div className="space-y-1 border-s ps-2 sm:ps-3">
      {prompt && !session && (
        <Fold id={`${tool.id}:prompt`} label={t("tool.task")} open={false}>
          <Markdown text={prompt} />
        </Fold>
      )}
      {session && (
        <Fold id={`${tool.id}:conversation`} label={t("tool.conversation")} open={running} whole>
          <Suspense>
            <Subagent tool={tool} cwd={cwd} session={session.id} />
          </Suspense>
        </Fold>
      )}
      {tool.status === "failed" && <Output text={textOf(tool)} id={tool.id} failed />}
      {report !== "" && (
        <Fold id={`${tool.id}:report`} label={t("tool.report")} open>
          <Markdown text={report} />
        </Fold>
      )}
    </div>
  );
}

/** reportOf is what a subagent said at its end, without the figures that are meant for the model. */
function reportOf(tool: ToolProps["tool"]): string {
  if (tool.status !== "completed") return "";
  const content = record(tool.output)?.content;
  if (Array.isArray(content)) return content.flatMap((block) => field(block, "text") ?? []).join("\n\n");
  return textOf(tool);
}

export const agent: ToolView = { icon: Bot, Line, Body, Live, Ask, question: "title" };
