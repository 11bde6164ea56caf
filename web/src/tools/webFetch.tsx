import { Globe } from "lucide-react";
import { useTranslation } from "react-i18next";
import { VisibleText } from "@/ui/VisibleText";
import { Ask as GenericAsk } from "./generic";
import { Subject, Verb, WholeText } from "./parts";
import { field, hasMore, textOf } from "./read";
import type { ToolProps, ToolView } from "./types";
import { OutLink, placeOf, Result } from "./web";

function FetchLine({ tool }: ToolProps) {
  const { t } = useTranslation();
  return (
    <>
      <Verb>{t("tool.fetch")}</Verb>
      <Subject text={placeOf(field(tool.input, "url") ?? tool.title)} />
    </>
  );
}

function FetchBody({ tool }: ToolProps) {
  const { t } = useTranslation();
  const url = field(tool.input, "url");
  const prompt = field(tool.input, "prompt");
  return (
    <div className="space-y-1 border-s ps-3">
      {url && <OutLink url={url} label={url} />}
      {prompt && <p className="text-sm break-words text-soft">{prompt}</p>}
      <Result tool={tool} text={field(tool.output, "result") ?? textOf(tool)} label={t("tool.answer")} open />
    </div>
  );
}

function FetchAsk({ tool, cwd }: ToolProps) {
  const prompt = field(tool.input, "prompt");
  if (hasMore(tool.input, ["url", "prompt"])) return <GenericAsk tool={tool} cwd={cwd} />;
  return (
    <>
      <WholeText text={field(tool.input, "url") ?? tool.title} />
      {prompt && (
        <p className="max-h-[20dvh] overflow-y-auto text-sm break-words whitespace-pre-wrap text-soft" tabIndex={0}>
          <VisibleText text={prompt} />
        </p>
      )}
    </>
  );
}

export const webFetch: ToolView = {
  icon: Globe,
  Line: FetchLine,
  Body: FetchBody,
  Ask: FetchAsk,
  question: "fetch",
};
