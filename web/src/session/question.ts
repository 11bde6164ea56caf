import { META, metaString } from "@/acp/meta";
import type { PermissionCard } from "./store";

/** Question is what the model asks the person, with answers to choose from. */
export interface Question {
  header: string;
  text: string;
  several: boolean;
  choices: { id: string; label: string; description: string | undefined }[];
  /** The option that stands for another answer, or for none. */
  other: string | undefined;
}

/** questionOf reads a question of the model; undefined if the request asks whether a call may run. */
export function questionOf({ toolCall, options }: Pick<PermissionCard, "toolCall" | "options">): Question | undefined {
  const asked = toolCall._meta?.[META.question];
  if (typeof asked !== "object" || asked === null) return undefined;
  const { header, multiSelect } = asked as Record<string, unknown>;
  const choices = options
    .filter((o) => o.kind === "allow_once" || o.kind === "allow_always")
    .map((o) => ({ id: o.optionId, label: o.name, description: metaString(o._meta, META.description) }));
  return {
    header: typeof header === "string" ? header : "",
    text: toolCall.title ?? "",
    several: multiSelect === true,
    choices,
    other: options.find((o) => o.kind === "reject_once")?.optionId,
  };
}

/** isPlan is true when the request asks whether a plan may be carried out. */
export function isPlan({ toolCall }: Pick<PermissionCard, "toolCall">): boolean {
  return toolCall.name === "ExitPlanMode";
}

/** Ask is what a request wants of the person. */
export type Ask = "question" | "plan" | "permission";

export function askOf(card: Pick<PermissionCard, "toolCall" | "options">): Ask {
  if (isPlan(card)) return "plan";
  return questionOf(card) ? "question" : "permission";
}

/** Reply is an answer as the protocol wants it. */
export interface Reply {
  optionId: string;
  words?: string;
  more?: string[];
}

/**
 * replyTo makes one answer of what was chosen and said; undefined while that is none. Of several options the first is the
 * answer and the others go with it; words alone are the answer "something else".
 */
export function replyTo(question: Question, chosen: ReadonlySet<string>, words: string): Reply | undefined {
  const [first, ...more] = question.choices.map((c) => c.id).filter((id) => chosen.has(id));
  const said = question.other !== undefined && chosen.has(question.other) ? words.trim() : undefined;
  if (said === "") return undefined; // "Something else" wants to be said.
  const optionId = first ?? (said ? question.other : undefined);
  if (optionId === undefined) return undefined;
  return { optionId, ...(said && { words: said }), ...(more.length > 0 && { more }) };
}
