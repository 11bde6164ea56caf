import type { Command } from "@/transcript/types";

/** slashQuery is what was typed of a command's name; undefined where the text is not the beginning of a command. */
export function slashQuery(text: string): string | undefined {
  return /^\/(\S*)$/.exec(text)?.[1];
}

/** matching lists the commands that a query may mean: the one of that name, those that begin with it, those with it inside. */
export function matching(commands: readonly Command[], query: string): Command[] {
  const wanted = query.toLowerCase();
  const rank = ({ name }: Command) => {
    const lower = name.toLowerCase();
    if (lower === wanted) return 0;
    return lower.startsWith(wanted) ? 1 : 2;
  };
  return commands.filter(({ name }) => name.toLowerCase().includes(wanted)).sort((a, b) => rank(a) - rank(b)); // A stable sort: the server's order stays among equals.
}

/** typedCommand is the command that stands there with nothing behind it yet. */
export function typedCommand(commands: readonly Command[], text: string): Command | undefined {
  const name = /^\/(\S+) $/.exec(text)?.[1];
  return commands.find((c) => c.name === name);
}
