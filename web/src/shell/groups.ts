import type { SessionRow } from "@/api/types";
import { type DayGroup, dayGroup } from "@/lib/time";

export type GroupName = "inProgress" | "pinned" | DayGroup;

const ORDER: GroupName[] = ["inProgress", "pinned", "today", "yesterday", "older"];

/** groupsOf sorts sessions under the headings of the list; a session stands under the first that fits. */
export function groupsOf(
  rows: readonly SessionRow[],
  now: Date = new Date(),
): { name: GroupName; rows: SessionRow[] }[] {
  const groups = new Map<GroupName, SessionRow[]>(ORDER.map((name) => [name, []]));
  for (const row of rows) {
    const name = row.state !== "idle" ? "inProgress" : row.pinned ? "pinned" : dayGroup(row.updatedAt, now);
    groups.get(name)?.push(row);
  }
  return ORDER.map((name) => ({ name, rows: groups.get(name) ?? [] })).filter((g) => g.rows.length > 0);
}
