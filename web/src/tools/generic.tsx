import { Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import { VisibleText } from "@/ui/VisibleText";
import { DiffView } from "./DiffView";
import { Output, Subject, Verb, WholeText } from "./parts";
import { changesOf, textOf } from "./read";
import type { ToolProps, ToolView } from "./types";

function Line({ tool }: ToolProps) {
  const title = tool.title || tool.name;
  return tool.name && title !== tool.name ? (
    <>
      <Verb>{tool.name}</Verb>
      <Subject text={title} code={false} />
    </>
  ) : (
    <span className="min-w-0 truncate font-medium">
      <VisibleText text={title} />
    </span>
  );
}

function Body({ tool }: ToolProps) {
  const { t } = useTranslation();
  const text = textOf(tool) || (tool.output === undefined ? "" : pretty(tool.output));
  return (
    <div className="space-y-2">
      {changesOf(tool).map((change, index) => (
        <DiffView key={`${change.path}:${String(index)}`} change={change} />
      ))}
      {tool.input !== undefined && (
        <Part label={t("tool.input")} text={pretty(tool.input)} id={`${tool.id}:in`} failed={false} />
      )}
      {text !== "" && (
        <Part label={t("tool.output")} text={text} id={`${tool.id}:out`} failed={tool.status === "failed"} />
      )}
    </div>
  );
}

function Part({ label, text, id, failed }: { label: string; text: string; id: string; failed: boolean }) {
  return (
    <div className="overflow-hidden rounded-lg border bg-sunken">
      <p className="border-b px-3 py-1 text-xs text-soft">{label}</p>
      <Output text={text} id={id} failed={failed} />
    </div>
  );
}

/** Ask shows the whole input of a call of any kind. */
export function Ask({ tool }: ToolProps) {
  return (
    <>
      <p className="text-sm font-medium break-words">
        <VisibleText text={tool.title || tool.name} />
      </p>
      {tool.input !== undefined && <WholeText text={pretty(tool.input)} />}
    </>
  );
}

function pretty(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

export const generic: ToolView = { icon: Wrench, Line, Body, Ask, question: "title" };
