import type { PermissionOption } from "@agentclientprotocol/sdk";
import type { TFunction } from "i18next";
import { ShieldQuestion } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { isMac } from "@/lib/keys";
import { hidesAnything } from "@/lib/visible";
import { isPlan, questionOf } from "@/session/question";
import type { PermissionCard as Card, SessionView } from "@/session/store";
import { viewOf } from "@/tools/registry";
import { applyUpdates } from "@/transcript/reducer";
import { toolId } from "@/transcript/toolcall";
import type { ToolItem } from "@/transcript/types";
import { Button } from "@/ui/Button";
import { AskCard } from "./AskCard";
import { PlanCard } from "./PlanCard";
import { QuestionCard } from "./QuestionCard";
import { Words } from "./Words";

/** Answer gives the person's answer: an option, words with it, and further options where several may be chosen. */
export type Answer = (optionId: string, words?: string, more?: string[]) => void;

interface PermissionCardProps {
  card: Card;
  view: SessionView;
  cwd: string;
  more: number;
  onAnswer: Answer;
}

/** PermissionCard puts to the person what the agent asks: a question, a plan, or whether a tool call may run. */
export function PermissionCard({ card, view, cwd, more, onAnswer }: PermissionCardProps) {
  const tool = useMemo(() => toolOf(card, view), [card, view]);
  const question = questionOf(card);
  if (question) return <QuestionCard id={card.key} question={question} more={more} onAnswer={onAnswer} />;
  if (isPlan(card)) return <PlanCard card={card} tool={tool} more={more} onAnswer={onAnswer} />;
  return <CallCard card={card} tool={tool} cwd={cwd} more={more} onAnswer={onAnswer} />;
}

interface CallCardProps {
  card: Card;
  tool: ToolItem;
  cwd: string;
  more: number;
  onAnswer: Answer;
}

/** CallCard asks about one tool call and shows the whole of it. */
function CallCard({ card, tool, cwd, more, onAnswer }: CallCardProps) {
  const { t } = useTranslation();
  const { Ask, question } = viewOf(tool);
  const allowOnce = card.options.find((o) => o.kind === "allow_once");
  return (
    <AskCard
      id={card.key}
      testId="permission-card"
      icon={ShieldQuestion}
      title={t(`permission.${question}`)}
      more={more}
      onConfirm={allowOnce && (() => onAnswer(allowOnce.optionId))}
    >
      <Ask tool={tool} cwd={cwd} />
      {hidesAnything(tool.input) && <p className="text-xs text-warn">{t("permission.hidden")}</p>}
      <Answers card={card} onAnswer={onAnswer} />
      <p className="hidden text-xs text-soft sm:block">{t("permission.confirmHint", { key: isMac ? "⌘" : "Ctrl" })}</p>
    </AskCard>
  );
}

type Label = "allowOnce" | "allowAlways" | "alwaysProject" | "alwaysUser" | "deny";

/** By option, then by kind: other servers have other options. */
const LABELS: Record<string, Label> = {
  allow_always_project: "alwaysProject",
  allow_always_user: "alwaysUser",
  allow_once: "allowOnce",
  allow_always: "allowAlways",
  reject_once: "deny",
};

function Answers({ card, onAnswer }: { card: Card; onAnswer: Answer }) {
  const { t } = useTranslation();
  const [explaining, setExplaining] = useState(false);
  const deny = card.options.find((o) => o.kind === "reject_once");
  if (explaining && deny) {
    return (
      <Words
        label={t("permission.denyLabel")}
        send={t("permission.denySend")}
        danger
        onSend={(words) => onAnswer(deny.optionId, words)}
        onCancel={() => setExplaining(false)}
      />
    );
  }
  const always = card.options.find((o) => o.kind === "allow_always");
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {card.options.map((option) => {
          const label = LABELS[option.optionId] ?? LABELS[option.kind];
          return (
            <Button
              key={option.optionId}
              look={option.kind === "allow_once" ? "primary" : "quiet"}
              title={option.name}
              onClick={() => onAnswer(option.optionId)}
            >
              {label ? t(`permission.${label}`) : option.name}
            </Button>
          );
        })}
        {deny && (
          <Button look="plain" onClick={() => setExplaining(true)}>
            {t("permission.denyWith")}
          </Button>
        )}
      </div>
      {always && <p className="text-xs break-words text-soft">{t("permission.rule", { rule: ruleOf(always, t) })}</p>}
    </>
  );
}

/** What "always" would save, in the person's language where the server names a rule that this page knows. */
function ruleOf(option: PermissionOption, t: TFunction): string {
  const rule = option._meta?.["agentchat/rule"];
  const rules = option._meta?.["agentchat/rules"];
  if (Array.isArray(rules)) return rules.join(", ");
  return rule === "edits" ? t("permission.rules.edits") : option.name;
}

/** toolOf is the call as the request describes it, on top of what the conversation knows of it. */
function toolOf(card: Card, view: SessionView): ToolItem {
  const update = { ...card.toolCall, sessionUpdate: "tool_call_update" as const };
  const id = toolId(card.toolCall.toolCallId);
  return applyUpdates(view.transcript, [update]).items.get(id) as ToolItem;
}
