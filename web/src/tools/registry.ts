import type { ToolItem } from "@/transcript/types";
import { agent } from "./agent";
import { asked } from "./asked";
import { bash } from "./bash";
import { edit, write } from "./edit";
import { glob, grep, read } from "./files";
import { generic } from "./generic";
import { plan } from "./plan";
import { commandOf } from "./read";
import { skill } from "./skill";
import { todo } from "./todo";
import type { ToolView } from "./types";
import { webFetch } from "./webFetch";
import { webSearch } from "./webSearch";

const BY_NAME: Record<string, ToolView> = {
  Bash: bash,
  Read: read,
  Write: write,
  Edit: edit,
  MultiEdit: edit,
  Glob: glob,
  Grep: grep,
  TodoWrite: todo,
  ExitPlanMode: plan,
  Agent: agent,
  Task: agent,
  Skill: skill,
  WebFetch: webFetch,
  WebSearch: webSearch,
  AskUserQuestion: asked,
};

/** For tools of other agents, which tell only the kind. */
const BY_KIND: Record<string, ToolView> = { execute: bash, read, edit, search: grep };

/** viewOf says how to show a tool call: by its name, else by its kind, else in a general way. */
export function viewOf(tool: ToolItem): ToolView {
  const named = Object.hasOwn(BY_NAME, tool.name) ? BY_NAME[tool.name] : undefined;
  if (named) return named;
  if (tool.name !== "" || tool.toolKind === undefined) return generic;
  if (tool.toolKind === "execute" && commandOf(tool) === undefined) return generic;
  return BY_KIND[tool.toolKind] ?? generic;
}
