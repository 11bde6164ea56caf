import type { ReactNode } from "react";
import type { Item } from "@/transcript/types";
import { AgentMessage, InterruptedMark, Notice, Thought, UserMessage } from "./messages";
import type { Row } from "./rows";
import { ToolGroup } from "./ToolGroup";
import { ToolRow } from "./ToolRow";

export interface RowContext {
  cwd: string;
  turnRuns: boolean;
  /** The item that is still being written, if any. */
  growing: string | undefined;
  /** Tool calls that wait for a permission. */
  waiting: ReadonlySet<string>;
  /** Goes back to before a message of the person's; absent while that cannot be done. */
  onBack: ((messageId: string) => void) | undefined;
}

type View<K extends Item["kind"]> = (item: Extract<Item, { kind: K }>, context: RowContext) => ReactNode;

const views: { [K in Item["kind"]]: View<K> } = {
  message(item, { growing, onBack }) {
    const streaming = growing === item.id;
    if (item.role === "user") return <UserMessage id={item.id} text={item.text} extras={item.extras} onBack={onBack} />;
    if (item.role === "thought") return <Thought item={item} streaming={streaming} />;
    return <AgentMessage item={item} streaming={streaming} />;
  },
  tool: (tool, { cwd, turnRuns, waiting }) => (
    <ToolRow tool={tool} cwd={cwd} turnRuns={turnRuns} waits={waiting.has(tool.id)} />
  ),
  interrupted: () => <InterruptedMark />,
  notice: (item) => <Notice item={item} />,
};

/** RowView shows one row of the conversation. */
export function RowView({ row, context }: { row: Row; context: RowContext }) {
  if (row.kind === "group") return <ToolGroup id={row.id} tools={row.tools} cwd={context.cwd} />;
  const view = views[row.item.kind] as View<Item["kind"]>;
  return view(row.item as never, context);
}

/** spacing is the room above a row: tool calls stand close together, messages apart. */
export function spacing(row: Row, previous: Row | undefined): string {
  if (!previous) return "pt-6";
  const quiet = (r: Row) => r.kind === "group" || r.item.kind === "tool" || isThought(r);
  if (quiet(row) && quiet(previous)) return "pt-0.5";
  if (row.kind === "item" && row.item.kind === "message" && row.item.role === "user") return "pt-8";
  return "pt-4";
}

function isThought(row: Row): boolean {
  return row.kind === "item" && row.item.kind === "message" && row.item.role === "thought";
}
