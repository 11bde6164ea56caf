import { memo } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/ui/CopyButton";
import { HighlightedCode } from "./HighlightedCode";

interface CodeBlockProps {
  code: string;
  language: string;
  /** The block still grows: it is coloured when it is complete. */
  open: boolean;
}

export const CodeBlock = memo(function CodeBlock({ code, language, open }: CodeBlockProps) {
  const { t } = useTranslation();
  return (
    <figure className="overflow-hidden rounded-lg border bg-code">
      <figcaption className="flex h-8 items-center justify-between border-b bg-sunken ps-3 pe-1 text-xs text-soft">
        <span className="font-mono">{language || "text"}</span>
        <CopyButton text={code} label={t("code.copy")} />
      </figcaption>
      <pre className="overflow-x-auto p-3 font-mono text-[0.8125rem] leading-relaxed" tabIndex={0}>
        <HighlightedCode code={code} language={open ? "" : language} />
      </pre>
    </figure>
  );
});
