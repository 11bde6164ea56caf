import { META } from "@/acp/meta";
import type { RequestPermissionRequest, RequestPermissionResponse } from "@/acp/types";
import { questionOf } from "./question";
import type { SessionStore } from "./store";

type Respond = (response: RequestPermissionResponse) => void;

/** Permissions keeps the requests that wait for the person, and answers them. */
export class Permissions {
  private waiting = new Map<string, { store: SessionStore; respond: Respond[] }>();

  /** `changed` is called after a card has come or gone. */
  constructor(private readonly changed: () => void) {}

  /**
   * ask shows a card and resolves with the person's answer. A request about a tool call that is already asked joins
   * its card. The card closes when the server withdraws the request.
   */
  ask(store: SessionStore, request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse> {
    const { toolCallId, title } = request.toolCall;
    // One call may ask several questions, one after the other.
    const key = `${store.id}:${toolCallId}:${questionOf(request) ? title : ""}`;
    return new Promise((resolve) => {
      const known = this.waiting.get(key);
      if (known) known.respond.push(resolve);
      else this.waiting.set(key, { store, respond: [resolve] });
      if (!store.view.permissions.some((p) => p.key === key)) {
        store.addPermission({ key, toolCall: request.toolCall, options: request.options });
        this.changed();
      }
      signal.addEventListener("abort", () => this.withdraw(key, resolve), { once: true });
    });
  }

  /** answer sends the person's choice, with words and, where several may be chosen, the further options. */
  answer(key: string, optionId: string, words?: string, more: string[] = []) {
    const meta = { ...(words && { [META.message]: words }), ...(more.length > 0 && { [META.options]: more }) };
    const response = { outcome: { outcome: "selected" as const, optionId } };
    this.settle(key, Object.keys(meta).length > 0 ? { ...response, _meta: meta } : response);
  }

  /** forgetAll closes every card without an answer: the connection that asked is gone, the server will ask again. */
  forgetAll() {
    for (const [key, { store }] of this.waiting) store.removePermission(key);
    this.waiting.clear();
    this.changed();
  }

  private withdraw(key: string, respond: Respond) {
    const entry = this.waiting.get(key);
    respond({ outcome: { outcome: "cancelled" } });
    if (!entry) return;
    entry.respond = entry.respond.filter((r) => r !== respond);
    if (entry.respond.length > 0) return;
    this.waiting.delete(key);
    entry.store.removePermission(key);
    this.changed();
  }

  private settle(key: string, response: RequestPermissionResponse) {
    const entry = this.waiting.get(key);
    if (!entry) return;
    this.waiting.delete(key);
    entry.store.removePermission(key);
    for (const respond of entry.respond) respond(response);
    this.changed();
  }
}
