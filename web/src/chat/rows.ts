import { viewOf } from "@/tools/registry";
import type { Item, ToolItem, Transcript } from "@/transcript/types";

/** Row is one line of the conversation: an item, or several tool calls of a kind folded into one. */
export type Row = { kind: "item"; id: string; item: Item } | { kind: "group"; id: string; tools: ToolItem[] };

const SMALLEST_GROUP = 3;

/** rowsOf lists what the conversation shows, in order. Messages without any content are left out. */
export function rowsOf({ order, items }: Pick<Transcript, "order" | "items">): Row[] {
  const rows: Row[] = [];
  let run: ToolItem[] = [];
  const endRun = () => {
    const [first] = run;
    if (first && run.length >= SMALLEST_GROUP) rows.push({ kind: "group", id: `group:${first.id}`, tools: run });
    else for (const tool of run) rows.push({ kind: "item", id: tool.id, item: tool });
    run = [];
  };
  for (const id of order) {
    const item = items.get(id);
    if (!item || isEmpty(item)) continue;
    const family = familyOf(item);
    if (item.kind === "tool" && family && (run.length === 0 || familyOf(run[0]) === family)) {
      run.push(item);
      continue;
    }
    endRun();
    if (item.kind === "tool" && family) run.push(item);
    else rows.push({ kind: "item", id, item });
  }
  endRun();
  return rows;
}

function familyOf(item: Item | undefined) {
  return item?.kind === "tool" && item.status === "completed" ? viewOf(item).family : undefined;
}

function isEmpty(item: Item): boolean {
  return item.kind === "message" && item.text === "" && item.extras.length === 0;
}
