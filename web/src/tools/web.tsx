import { safeHref } from "@/markdown/link";
import { Markdown } from "@/markdown/Markdown";
import { VisibleText } from "@/ui/VisibleText";
import { Fold, Output } from "./parts";
import { textOf } from "./read";
import type { ToolProps } from "./types";

/** placeOf is the host and the path of an address. */
export function placeOf(address: string): string {
  try {
    const { host, pathname } = new URL(address);
    return pathname === "/" ? host : host + pathname;
  } catch {
    return address;
  }
}

interface ResultProps {
  tool: ToolProps["tool"];
  text: string;
  label: string;
  open: boolean;
}

/** Result is what came of a call, or why nothing did. */
export function Result({ tool, text, label, open }: ResultProps) {
  if (tool.status === "failed") return <Output text={textOf(tool)} id={tool.id} failed />;
  if (tool.status !== "completed" || text === "") return null;
  return (
    <Fold id={`${tool.id}:answer`} label={label} open={open}>
      <Markdown text={text} />
    </Fold>
  );
}

/** OutLink leads out of the page, without telling where from; nothing of the other side is loaded before. */
export function OutLink({ url, label }: { url: string; label: string }) {
  const href = safeHref(url);
  const text = <VisibleText text={label} />;
  if (!href) return <span className="text-sm break-words">{text}</span>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      title={href}
      className="text-sm break-words text-accent underline"
    >
      {text}
    </a>
  );
}
