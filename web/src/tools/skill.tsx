import { BookOpen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Markdown } from "@/markdown/Markdown";
import { Ask } from "./generic";
import { Fold, Output, Subject, Verb } from "./parts";
import { field, textOf } from "./read";
import type { ToolProps, ToolView } from "./types";

function Line({ tool }: ToolProps) {
  const { t } = useTranslation();
  const args = field(tool.input, "args");
  const name = field(tool.input, "skill") ?? field(tool.output, "commandName") ?? tool.title;
  return (
    <>
      <Verb>{t("tool.skill")}</Verb>
      <Subject text={[name, args].filter(Boolean).join(" ")} />
    </>
  );
}

function Body({ tool }: ToolProps) {
  const { t } = useTranslation();
  if (tool.status === "failed") return <Output text={textOf(tool)} id={tool.id} failed />;
  return (
    <div className="border-s ps-3">
      <Fold id={`${tool.id}:text`} label={t("tool.instructions")} open>
        <Markdown text={textOf(tool)} />
      </Fold>
    </div>
  );
}

export const skill: ToolView = { icon: BookOpen, Line, Body, Ask, question: "title" };
