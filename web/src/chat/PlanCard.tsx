import type { PermissionOption } from "@agentclientprotocol/sdk";
import { ListChecks } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isMac } from "@/lib/keys";
import type { PermissionCard as Card } from "@/session/store";
import { PlanText } from "@/tools/plan";
import type { ToolItem } from "@/transcript/types";
import { Button } from "@/ui/Button";
import { AskCard } from "./AskCard";
import type { Answer } from "./PermissionCard";
import { Words } from "./Words";

interface PlanCardProps {
  card: Card;
  tool: ToolItem;
  more: number;
  onAnswer: Answer;
}

/** PlanCard shows a plan and asks whether the agent may carry it out. */
export function PlanCard({ card, tool, more, onAnswer }: PlanCardProps) {
  const { t } = useTranslation();
  const label = useOptionLabel();
  const [explaining, setExplaining] = useState(false);
  const approve = card.options.find((o) => o.kind === "allow_once");
  const refuse = card.options.find((o) => o.kind === "reject_once");
  return (
    <AskCard
      id={card.key}
      testId="plan-card"
      icon={ListChecks}
      title={t("plan.title")}
      more={more}
      onConfirm={approve && (() => onAnswer(approve.optionId))}
    >
      <PlanText tool={tool} tall />
      {explaining && refuse ? (
        <Words
          label={t("plan.words")}
          send={label(refuse)}
          optional
          onSend={(words) => onAnswer(refuse.optionId, words)}
          onCancel={() => setExplaining(false)}
        />
      ) : (
        <div className="flex flex-wrap gap-2">
          {card.options.map((option) => (
            <Button
              key={option.optionId}
              look={option === approve ? "primary" : option === refuse ? "plain" : "quiet"}
              onClick={() => (option === refuse ? setExplaining(true) : onAnswer(option.optionId))}
            >
              {label(option)}
            </Button>
          ))}
        </div>
      )}
      <p className="hidden text-xs text-soft sm:block">{t("plan.confirmHint", { key: isMac ? "⌘" : "Ctrl" })}</p>
    </AskCard>
  );
}

const KNOWN = ["plan_default", "plan_accept_edits", "reject"] as const;

/** useOptionLabel says an option in the person's language where the page knows it. */
function useOptionLabel() {
  const { t } = useTranslation();
  return ({ optionId, name }: PermissionOption) => {
    const known = KNOWN.find((id) => id === optionId);
    return known ? t(`plan.options.${known}`) : name;
  };
}
