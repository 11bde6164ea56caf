import type { ToolCallContent } from "@/acp/types";
import type { ToolItem } from "@/transcript/types";

/** field reads a string member of a tool's input or output; tools of other makers may send anything. */
export function field(value: unknown, name: string): string | undefined {
  const member = record(value)?.[name];
  return typeof member === "string" ? member : undefined;
}

export function numberField(value: unknown, name: string): number | undefined {
  const member = record(value)?.[name];
  return typeof member === "number" ? member : undefined;
}

export function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** hasMore is true when a tool's input has members beside those named: a card that asks must not leave them out. */
export function hasMore(value: unknown, names: readonly string[]): boolean {
  return Object.keys(record(value) ?? {}).some((name) => !names.includes(name));
}

export interface Change {
  path: string;
  oldText: string;
  newText: string;
  created: boolean;
}

/** changesOf lists the file changes that a call shows, or that its input asks for. */
export function changesOf(tool: ToolItem): Change[] {
  const shown = tool.content.filter((c): c is Extract<ToolCallContent, { type: "diff" }> => c.type === "diff");
  if (shown.length > 0) {
    return shown.map(({ path, oldText, newText }) => ({
      path,
      oldText: oldText ?? "",
      newText,
      created: oldText === null || oldText === undefined,
    }));
  }
  const path = field(tool.input, "file_path");
  if (path === undefined) return [];
  const content = field(tool.input, "content");
  if (content !== undefined) return [{ path, oldText: "", newText: content, created: true }];
  const newText = field(tool.input, "new_string");
  if (newText === undefined) return [];
  return [{ path, oldText: field(tool.input, "old_string") ?? "", newText, created: false }];
}

/** textOf joins the texts that a call shows, without the fence that some agents put around them. */
export function textOf(tool: ToolItem): string {
  const texts = tool.content.flatMap((c) =>
    c.type === "content" && c.content.type === "text" ? [c.content.text] : [],
  );
  const text = texts.join("\n");
  const fenced = /^(`{3,})[^\n`]*\n([\s\S]*?)\n?\1\s*$/.exec(text);
  return fenced?.[2] ?? text;
}

/** commandOf is the command that a call runs. */
export function commandOf(tool: ToolItem): string | undefined {
  const command = record(tool.input)?.command;
  if (Array.isArray(command)) return command.map(String).join(" ");
  return typeof command === "string" ? command : undefined;
}

/** pathOf is the file that a call works on. */
export function pathOf(tool: ToolItem): string | undefined {
  return field(tool.input, "file_path") ?? field(tool.input, "path") ?? tool.locations[0]?.path;
}

/** shortPath leaves out the working directory. */
export function shortPath(path: string, cwd: string): string {
  const base = cwd.endsWith("/") ? cwd : `${cwd}/`;
  return path.startsWith(base) ? path.slice(base.length) : path;
}

/** wasDenied is true when the person, or a rule, said no: that is no failure of the tool. */
export function wasDenied(tool: ToolItem): boolean {
  if (tool.status !== "failed") return false;
  if (typeof tool.output === "string") return /reject|denied/i.test(tool.output.slice(0, 80));
  return /^the user (doesn't|does not) want/i.test(textOf(tool));
}

/** lineCount counts lines as an editor does: a newline at the end begins no line. */
export function lineCount(text: string): number {
  if (text === "") return 0;
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
