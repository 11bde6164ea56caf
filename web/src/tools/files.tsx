import { FileText, FolderSearch, TextSearch } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Ask } from "./generic";
import { Note, Output, Subject, Verb } from "./parts";
import { field, lineCount, numberField, pathOf, record, shortPath, textOf } from "./read";
import type { ToolProps, ToolView } from "./types";

function ReadLine({ tool, cwd }: ToolProps) {
  const { t } = useTranslation();
  const lines = numberField(record(tool.output)?.file, "numLines");
  const path = pathOf(tool);
  return (
    <>
      <Verb>{t("tool.read")}</Verb>
      <Subject text={path ? shortPath(path, cwd) : tool.title} />
      {lines !== undefined && <Note>{t("tool.lines", { count: lines })}</Note>}
    </>
  );
}

function TextBody({ tool }: ToolProps) {
  const text = field(record(tool.output)?.file, "content") ?? textOf(tool);
  return (
    <div className="overflow-hidden rounded-lg border bg-sunken">
      <Output text={text} id={tool.id} failed={tool.status === "failed"} />
    </div>
  );
}

function GlobLine({ tool }: ToolProps) {
  const { t } = useTranslation();
  const count = numberField(tool.output, "numFiles");
  return (
    <>
      <Verb>{t("tool.glob")}</Verb>
      <Subject text={field(tool.input, "pattern") ?? tool.title} />
      {count !== undefined && <Note>{t("tool.files", { count })}</Note>}
    </>
  );
}

function GrepLine({ tool }: ToolProps) {
  const { t } = useTranslation();
  return (
    <>
      <Verb>{t("tool.search")}</Verb>
      <Subject text={field(tool.input, "pattern") ?? tool.title} />
      <GrepCount tool={tool} />
    </>
  );
}

function GrepCount({ tool }: { tool: ToolProps["tool"] }) {
  const { t } = useTranslation();
  if (tool.status !== "completed") return null;
  const matches = numberField(tool.output, "numMatches") ?? numberField(tool.output, "numLines");
  const files = numberField(tool.output, "numFiles");
  if (matches !== undefined) return <Note>{t("tool.matches", { count: matches })}</Note>;
  if (files !== undefined) return <Note>{t("tool.files", { count: files })}</Note>;
  return <Note>{t("tool.lines", { count: lineCount(textOf(tool)) })}</Note>;
}

export const read: ToolView = {
  icon: FileText,
  Line: ReadLine,
  Body: TextBody,
  Ask,
  question: "title",
  family: "read",
};
export const glob: ToolView = {
  icon: FolderSearch,
  Line: GlobLine,
  Body: TextBody,
  Ask,
  question: "title",
  family: "search",
};
export const grep: ToolView = { ...glob, icon: TextSearch, Line: GrepLine };
