import { FilePen } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DiffCount, DiffView } from "./DiffView";
import { diffOf } from "./diff";
import { Ask as GenericAsk } from "./generic";
import { Output, Subject, Verb } from "./parts";
import { changesOf, pathOf, shortPath, textOf } from "./read";
import type { ToolProps, ToolView } from "./types";

function Line({ tool, cwd }: ToolProps) {
  const { t } = useTranslation();
  const changes = useMemo(() => changesOf(tool), [tool]);
  const count = useMemo(() => total(changes), [changes]);
  const path = changes[0]?.path ?? pathOf(tool);
  const verb = tool.name === "Write" ? (changes[0]?.created ? t("tool.created") : t("tool.write")) : t("tool.edit");
  return (
    <>
      <Verb>{verb}</Verb>
      <Subject text={path ? shortPath(path, cwd) : tool.title} />
      {changes.length > 0 && <DiffCount {...count} />}
    </>
  );
}

function total(changes: ReturnType<typeof changesOf>) {
  const diffs = changes.map((c) => diffOf(c.oldText, c.newText));
  return {
    added: diffs.reduce((sum, d) => sum + d.added, 0),
    removed: diffs.reduce((sum, d) => sum + d.removed, 0),
  };
}

function Body({ tool, cwd }: ToolProps) {
  const changes = changesOf(tool).map((change) => ({ ...change, path: shortPath(change.path, cwd) }));
  return (
    <div className="space-y-2">
      {changes.map((change, index) => (
        <DiffView key={`${change.path}:${String(index)}`} change={change} />
      ))}
      {tool.status === "failed" && <Output text={textOf(tool)} id={tool.id} failed />}
    </div>
  );
}

function Ask({ tool, cwd }: ToolProps) {
  const changes = changesOf(tool);
  if (changes.length === 0) return <GenericAsk tool={tool} cwd={cwd} />;
  return (
    <div className="space-y-2">
      {changes.map((change, index) => (
        <DiffView key={`${change.path}:${String(index)}`} change={change} tall />
      ))}
    </div>
  );
}

export const edit: ToolView = { icon: FilePen, Line, Body, Ask, question: "edit" };
export const write: ToolView = { ...edit, question: "write" };
