import { SquareTerminal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Output, Subject, Verb, WholeText } from "./parts";
import { commandOf, field, textOf } from "./read";
import type { ToolProps, ToolView } from "./types";

function Line({ tool }: ToolProps) {
  const { t } = useTranslation();
  return (
    <>
      <Verb>{t("tool.bash")}</Verb>
      <Subject text={commandOf(tool) ?? tool.title} />
    </>
  );
}

function Body({ tool }: ToolProps) {
  const text = outputOf(tool);
  const finished = tool.status === "completed" || tool.status === "failed";
  return (
    <div className="overflow-hidden rounded-lg border bg-sunken">
      <div className="border-b">
        <Command text={commandOf(tool) ?? tool.title} />
      </div>
      {(finished || text !== "") && <Output text={text} id={tool.id} failed={tool.status === "failed"} />}
    </div>
  );
}

/** outputOf is what the command printed so far; before it runs, a call shows the command itself as its content. */
function outputOf(tool: ToolProps["tool"]): string {
  const stdout = field(tool.output, "stdout");
  if (stdout !== undefined) return [stdout, field(tool.output, "stderr")].filter(Boolean).join("\n");
  const text = textOf(tool);
  return text === commandOf(tool) ? "" : text;
}

function Command({ text }: { text: string }) {
  return (
    <pre className="px-3 py-2 font-mono text-[0.8125rem] whitespace-pre-wrap break-all">
      <span className="text-soft select-none">$ </span>
      {text}
    </pre>
  );
}

function Ask({ tool }: ToolProps) {
  const description = field(tool.input, "description");
  return (
    <>
      {description && <p className="text-sm text-soft">{description}</p>}
      <WholeText text={commandOf(tool) ?? tool.title} prompt="$" />
    </>
  );
}

export const bash: ToolView = { icon: SquareTerminal, Line, Body, Ask, question: "bash" };
