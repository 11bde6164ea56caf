import { Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Ask as GenericAsk } from "./generic";
import { Note, Subject, Verb, WholeText } from "./parts";
import { field, hasMore, record, textOf } from "./read";
import type { ToolProps, ToolView } from "./types";
import { OutLink, placeOf, Result } from "./web";

interface Hit {
  title: string;
  url: string;
}

/** hitsOf lists the pages that a search found. */
export function hitsOf(output: unknown): Hit[] {
  const results = record(output)?.results;
  if (!Array.isArray(results)) return [];
  return results.flatMap((result: unknown) => {
    const content = record(result)?.content;
    if (!Array.isArray(content)) return [];
    return content.flatMap((hit: unknown) => {
      const url = field(hit, "url");
      return url === undefined ? [] : [{ url, title: field(hit, "title") || url }];
    });
  });
}

/** saidOf is what a search says of the pages. */
function saidOf(tool: ToolProps["tool"]): string {
  const results = record(tool.output)?.results;
  const said = Array.isArray(results) ? results.filter((r): r is string => typeof r === "string") : [];
  return said.length > 0 ? said.join("\n\n") : textOf(tool);
}

function SearchLine({ tool }: ToolProps) {
  const { t } = useTranslation();
  const hits = hitsOf(tool.output);
  return (
    <>
      <Verb>{t("tool.webSearch")}</Verb>
      <Subject text={field(tool.input, "query") ?? tool.title} code={false} />
      {hits.length > 0 && <Note>{t("tool.pages", { count: hits.length })}</Note>}
    </>
  );
}

function SearchBody({ tool }: ToolProps) {
  const { t } = useTranslation();
  return (
    <div className="space-y-1 border-s ps-3">
      <ul className="space-y-1">
        {hitsOf(tool.output).map((hit, index) => (
          <li key={`${String(index)}:${hit.url}`} className="min-w-0">
            <OutLink url={hit.url} label={hit.title} />
            {hit.title !== hit.url && <span className="ms-2 text-xs break-all text-soft">{placeOf(hit.url)}</span>}
          </li>
        ))}
      </ul>
      <Result tool={tool} text={saidOf(tool)} label={t("tool.answer")} open={false} />
    </div>
  );
}

function SearchAsk({ tool, cwd }: ToolProps) {
  if (hasMore(tool.input, ["query"])) return <GenericAsk tool={tool} cwd={cwd} />;
  return <WholeText text={field(tool.input, "query") ?? tool.title} />;
}

export const webSearch: ToolView = {
  icon: Search,
  Line: SearchLine,
  Body: SearchBody,
  Ask: SearchAsk,
  question: "webSearch",
};
