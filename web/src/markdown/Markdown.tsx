import type { Definition } from "mdast";
import { memo, useRef } from "react";
import { type Block, NOTHING, parseStreaming, parseWhole } from "./parse";
import { renderNode } from "./render";

/** Markdown shows a text of the model. It renders a syntax tree, never HTML: what looks like HTML stays text. */
export const Markdown = memo(function Markdown({ text, streaming = false }: { text: string; streaming?: boolean }) {
  const last = useRef({ parsed: NOTHING, streaming: false });
  if (last.current.parsed.text !== text || last.current.streaming !== streaming) {
    const parsed = (streaming ? parseStreaming : parseWhole)(text, last.current.parsed);
    last.current = { parsed, streaming };
  }
  const { blocks, definitions } = last.current.parsed;
  return (
    <div className="prose-chat min-w-0 break-words">
      {blocks.map((block, index) => (
        <BlockView
          key={block.key}
          block={block}
          definitions={definitions}
          open={streaming && index === blocks.length - 1}
        />
      ))}
    </div>
  );
});

interface BlockProps {
  block: Block;
  definitions: ReadonlyMap<string, Definition>;
  open: boolean;
}

const BlockView = memo(
  function BlockView({ block, definitions, open }: BlockProps) {
    return <>{renderNode(block.node, { definitions, open }, 0)}</>;
  },
  (before, after) =>
    before.block === after.block && before.open === after.open && before.definitions.size === after.definitions.size,
);
