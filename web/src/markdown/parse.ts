import type { Definition, Root, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import remend from "remend";

/** Block is one top-level piece of a text; `key` stays the same while the text grows behind it. */
export interface Block {
  key: number;
  source: string;
  node: RootContent;
}

export interface Parsed {
  text: string;
  blocks: readonly Block[];
  definitions: ReadonlyMap<string, Definition>;
}

export const NOTHING: Parsed = { text: "", blocks: [], definitions: new Map() };

/**
 * parseStreaming parses a text that grows at its end. What stands before the last two blocks of `previous` cannot
 * change any more, so only the rest is parsed again: the work for each delta does not grow with the message. Marks
 * that are still open at the end are closed for the eye, so that nothing flickers when their other half arrives.
 */
export function parseStreaming(text: string, previous: Parsed): Parsed {
  const grows = text.startsWith(previous.text) && previous.blocks.length > 2;
  const kept = grows ? previous.blocks.slice(0, -2) : [];
  const from = grows ? (previous.blocks.at(-2)?.key ?? 0) : 0;
  const tail = parse(remend(text.slice(from)), from);
  const definitions = grows ? new Map([...previous.definitions, ...tail.definitions]) : tail.definitions;
  return { text, blocks: reuse([...kept, ...tail.blocks], previous.blocks), definitions };
}

/** parseWhole parses a finished text; blocks that did not change keep their identity. */
export function parseWhole(text: string, previous: Parsed): Parsed {
  const { blocks, definitions } = parse(text, 0);
  return { text, blocks: reuse(blocks, previous.blocks), definitions };
}

function parse(text: string, offset: number): Pick<Parsed, "blocks" | "definitions"> {
  const root: Root = fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  const definitions = new Map<string, Definition>();
  const blocks = root.children.map((node): Block => {
    if (node.type === "definition") definitions.set(node.identifier.toUpperCase(), node);
    const [start, end] = [node.position?.start.offset ?? 0, node.position?.end.offset ?? text.length];
    return { key: offset + start, source: text.slice(start, end), node };
  });
  return { blocks, definitions };
}

function reuse(blocks: readonly Block[], previous: readonly Block[]): Block[] {
  const known = new Map(previous.map((b) => [b.key, b]));
  return blocks.map((block) => {
    const before = known.get(block.key);
    return before && before.source === block.source && before.node.type === block.node.type ? before : block;
  });
}
