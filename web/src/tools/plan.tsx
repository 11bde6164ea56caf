import clsx from "clsx";
import { ListChecks } from "lucide-react";
import { useTranslation } from "react-i18next";
import { hidesAnything } from "@/lib/visible";
import { Markdown } from "@/markdown/Markdown";
import { Ask } from "./generic";
import { Note, Output, Verb, WholeText } from "./parts";
import { field, textOf } from "./read";
import type { ToolProps, ToolView } from "./types";

/** What makes an emoji of a character is no hiding place. */
const EMOJI = /\p{Emoji}\ufe0f|\p{Extended_Pictographic}\u200d/gu;

/** PlanText shows a plan as it is meant to be read; one in which something hides is shown as it was written. */
export function PlanText({ tool, tall = false }: { tool: ToolProps["tool"]; tall?: boolean }) {
  const { t } = useTranslation();
  const plan = field(tool.input, "plan") ?? field(tool.output, "plan") ?? "";
  if (hidesAnything(plan.replaceAll(EMOJI, ""))) {
    return (
      <>
        <WholeText text={plan} />
        <p className="text-xs text-warn">{t("permission.hidden")}</p>
      </>
    );
  }
  return (
    <div
      role="group"
      aria-label={t("plan.label")}
      tabIndex={0}
      className={clsx("overflow-auto rounded-lg border bg-raised px-4 py-3", tall ? "max-h-[45dvh]" : "max-h-96")}
    >
      <Markdown text={plan} />
    </div>
  );
}

function Line({ tool }: ToolProps) {
  const { t } = useTranslation();
  return (
    <>
      <Verb>{t("plan.label")}</Verb>
      {tool.status === "completed" && <Note>{t("plan.approved")}</Note>}
      {tool.status === "failed" && <Note>{t("plan.notApproved")}</Note>}
    </>
  );
}

function Body({ tool }: ToolProps) {
  return (
    <div className="space-y-2">
      <PlanText tool={tool} />
      {tool.status === "failed" && (
        <div className="overflow-hidden rounded-lg border bg-sunken">
          <Output text={textOf(tool)} id={tool.id} />
        </div>
      )}
    </div>
  );
}

export const plan: ToolView = { icon: ListChecks, Line, Body, Ask, question: "title" };
