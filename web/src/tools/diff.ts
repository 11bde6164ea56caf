import { diffLines } from "diff";

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
  oldNumber?: number;
  newNumber?: number;
}

/** Gap stands for unchanged lines that are left out. */
export interface Gap {
  kind: "gap";
  count: number;
}

export interface FileDiff {
  lines: (DiffLine | Gap)[];
  added: number;
  removed: number;
  /** The comparison was given up; all lines of the new text are shown as added. */
  tooBig: boolean;
}

const CONTEXT = 3;
const TIMEOUT = 400;

/** diffOf compares two texts line by line and keeps three unchanged lines around each change. */
export function diffOf(oldText: string, newText: string): FileDiff {
  const changes = diffLines(oldText, newText, { timeout: TIMEOUT });
  const tooBig = changes === undefined;
  const lines: DiffLine[] = [];
  let [oldNumber, newNumber] = [1, 1];
  for (const change of changes ?? [{ value: newText, added: true, removed: false }]) {
    for (const text of linesOf(change.value)) {
      if (change.added) lines.push({ kind: "added", text, newNumber: newNumber++ });
      else if (change.removed) lines.push({ kind: "removed", text, oldNumber: oldNumber++ });
      else lines.push({ kind: "same", text, oldNumber: oldNumber++, newNumber: newNumber++ });
    }
  }
  return {
    lines: withGaps(lines),
    added: lines.filter((l) => l.kind === "added").length,
    removed: lines.filter((l) => l.kind === "removed").length,
    tooBig,
  };
}

function linesOf(value: string): string[] {
  const lines = value.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function withGaps(lines: DiffLine[]): (DiffLine | Gap)[] {
  const near = new Set<number>();
  lines.forEach((line, index) => {
    if (line.kind === "same") return;
    for (let i = index - CONTEXT; i <= index + CONTEXT; i++) near.add(i);
  });
  const shown: (DiffLine | Gap)[] = [];
  lines.forEach((line, index) => {
    if (near.has(index)) {
      shown.push(line);
      return;
    }
    const last = shown.at(-1);
    if (last?.kind === "gap") last.count++;
    else shown.push({ kind: "gap", count: 1 });
  });
  return shown;
}
