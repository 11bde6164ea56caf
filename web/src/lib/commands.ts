import type { Command } from "@/transcript/types";

const KEY = "commands";
const MOST_PLACES = 20;
const MOST_COMMANDS = 200;

/** rememberCommands keeps what commands sessions in a directory have, for those that begin there. */
export function rememberCommands(cwd: string, commands: readonly Command[]) {
  if (commands.length === 0) return;
  const places = read().filter(([place]) => place !== cwd);
  try {
    const kept = [[cwd, commands.slice(0, MOST_COMMANDS)], ...places].slice(0, MOST_PLACES);
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Without storage a new session has its menu once it has begun.
  }
}

/** knownCommands lists the commands of a directory, as the last session there had them. */
export function knownCommands(cwd: string | undefined): readonly Command[] {
  return read().find(([place]) => place === cwd)?.[1] ?? [];
}

function read(): [string, Command[]][] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    if (!Array.isArray(value)) return [];
    return value.flatMap((entry: unknown): [string, Command[]][] => {
      if (!Array.isArray(entry) || typeof entry[0] !== "string" || !Array.isArray(entry[1])) return [];
      return [[entry[0], entry[1].filter(isCommand)]];
    });
  } catch {
    return [];
  }
}

function isCommand(value: unknown): value is Command {
  if (typeof value !== "object" || value === null) return false;
  const { name, description, hint } = value as Record<string, unknown>;
  return (
    typeof name === "string" && typeof description === "string" && (hint === undefined || typeof hint === "string")
  );
}
