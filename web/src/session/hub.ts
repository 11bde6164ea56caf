import { RequestError } from "@agentclientprotocol/sdk";
import { Link, type LinkOptions } from "@/acp/link";
import { META, METHODS, metaString } from "@/acp/meta";
import type { Attached, ContentBlock, QueuedPrompt, RunState } from "@/acp/types";
import { History, type ReadPage } from "./history";
import { Permissions } from "./permissions";
import { type Ask, askOf } from "./question";
import { type Outgoing, SessionStore } from "./store";

/** Hub owns the connection and the sessions that are open in this page. */
export class Hub {
  readonly link: Link;
  readonly permissions = new Permissions(() => this.emit());
  readonly history: History;
  private sessions = new Map<string, SessionStore>();
  private listeners = new Set<() => void>();
  private changes = 0;
  /** By session: the attaching under way. Two at once would bring the same history twice. */
  private attaching = new Map<string, Promise<void>>();

  constructor({ readPage, ...options }: Omit<LinkOptions, "handlers"> & { readPage: ReadPage }) {
    this.history = new History(readPage);
    this.link = new Link({
      ...options,
      handlers: {
        onUpdate: ({ sessionId, update }) => this.sessions.get(sessionId)?.receive(update),
        onRunState: (notice) => {
          this.sessions.get(notice.sessionId)?.setRun(notice);
          this.emit();
        },
        onQueue: ({ sessionId, queue }) => this.sessions.get(sessionId)?.setQueue(queue),
        onRewound: ({ sessionId }) => {
          const store = this.sessions.get(sessionId);
          if (store) void this.reload(store);
        },
        onPermission: async (request, signal) => {
          const store = this.sessions.get(request.sessionId);
          if (!store) throw RequestError.sessionNotFound(request.sessionId);
          return this.permissions.ask(store, request, signal);
        },
        onOpen: () => {
          for (const store of this.sessions.values()) void this.attach(store);
        },
        onClosed: () => this.permissions.forgetAll(),
      },
    });
  }

  /** onActivity is called when a session starts, ends or asks, so that lists can refresh. */
  onActivity = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  get(id: string): SessionStore | undefined {
    return this.sessions.get(id);
  }

  /** open returns the session's store and loads it when this page sees it for the first time. */
  open(id: string, cwd: string): SessionStore {
    const known = this.sessions.get(id);
    if (known) return known;
    const store = new SessionStore(id, cwd);
    this.sessions.set(id, store);
    if (this.link.state.phase === "open") void this.attach(store);
    return store;
  }

  /** create makes a session in a directory and leaves it open. */
  async create(cwd: string): Promise<SessionStore> {
    const answer = await this.link.request<Attached>("session/new", { cwd, mcpServers: [] });
    const store = new SessionStore(answer.sessionId ?? "", cwd);
    this.sessions.set(store.id, store);
    this.attached(store, answer);
    this.emit();
    return store;
  }

  /** reopen loads a session again that could not be opened. */
  reopen(store: SessionStore) {
    if (this.link.state.phase === "open") void this.attach(store);
  }

  /** asks is what an open session wants of the person now. */
  asks(id: string): Ask | undefined {
    const [card] = this.sessions.get(id)?.view.permissions ?? [];
    return card && askOf(card);
  }

  /** anyAsk is what the open sessions want of the person: the one that is looked at first. */
  anyAsk(current: string | undefined): Ask | undefined {
    const ids = [...this.sessions.keys()].sort((a, b) => Number(b === current) - Number(a === current));
    for (const id of ids) {
      const ask = this.asks(id);
      if (ask) return ask;
    }
    return undefined;
  }

  /** activity counts the calls of onActivity's listeners, so that a view can tell that something changed. */
  activity = () => this.changes;

  /** runState is the state of an open session; the list of the server comes later. */
  runState(id: string): RunState | undefined {
    const view = this.sessions.get(id)?.view;
    return view?.phase === "ready" ? view.run.state : undefined;
  }

  /** forget drops a deleted session. */
  forget(id: string) {
    this.sessions.delete(id);
  }

  /** toNewest goes back from a part of the past to the end of the conversation. */
  toNewest(store: SessionStore) {
    store.change({ past: undefined });
  }

  /** prompt sends what the person wrote. The same id may be sent again: the server runs it once. */
  prompt(store: SessionStore, prompt: ContentBlock[], promptId: string = crypto.randomUUID()) {
    const outgoing: Outgoing = { promptId, prompt };
    this.toNewest(store);
    store.addOutgoing(outgoing);
    if (this.link.state.phase === "open" && store.view.phase === "ready") void this.send(store, outgoing);
  }

  /** continue goes on with a turn that was cut off; its end comes with the session's state. */
  async continue(store: SessionStore) {
    await this.link.request(METHODS.continue, { sessionId: store.id });
  }

  async cancel(store: SessionStore) {
    await this.link.notify("session/cancel", { sessionId: store.id }).catch(() => undefined);
  }

  async setMode(store: SessionStore, modeId: string) {
    await this.link.request("session/set_mode", { sessionId: store.id, modeId });
    const { modes } = store.view;
    if (modes) store.change({ modes: { ...modes, currentModeId: modeId } });
  }

  async setOption(store: SessionStore, configId: string, value: string) {
    const answer = await this.link.request<Attached>("session/set_config_option", {
      sessionId: store.id,
      configId,
      value,
    });
    this.takeOptions(store, answer);
  }

  async removeQueued(store: SessionStore, promptId: string) {
    await this.link.request(METHODS.queueRemove, { sessionId: store.id, promptId });
  }

  async updateQueued(store: SessionStore, promptId: string, prompt: ContentBlock[]) {
    await this.link.request(METHODS.queueUpdate, { sessionId: store.id, promptId, prompt });
  }

  /** sendQueued puts a prompt that waits into the running turn, at its next step. */
  async sendQueued(store: SessionStore, promptId: string) {
    await this.link.request(METHODS.queueSend, { sessionId: store.id, promptId });
  }

  /** goBack goes back to before a message of the person's and gives its text. */
  async goBack(store: SessionStore, messageId: string, files: boolean): Promise<string> {
    const answer = await this.link.request<{ text: string }>(METHODS.rewind, { sessionId: store.id, messageId, files });
    return answer.text;
  }

  /** reload forgets all that is here of a session, also what was not sent, and brings its history afresh. */
  private reload(store: SessionStore): Promise<void> {
    const again = (this.attaching.get(store.id) ?? Promise.resolve()).then(() => {
      store.restart();
      store.change({ outbox: [], run: { state: "idle" } });
      return this.attachNow(store);
    });
    this.attaching.set(store.id, again);
    return again;
  }

  private attach(store: SessionStore): Promise<void> {
    const now = this.attachNow(store);
    this.attaching.set(store.id, now);
    return now;
  }

  /**
   * attachNow resumes the session behind the last cursor that is here. Where nothing is, the end of its history comes first,
   * from the app; a session that has none is loaded.
   */
  private async attachNow(store: SessionStore) {
    try {
      if (store.view.transcript.cursor === undefined) await this.history.newest(store).catch(() => false);
      const { cursor } = store.view.transcript;
      const resumed = cursor === undefined ? undefined : await this.resume(store, cursor);
      const answer = resumed ?? (await this.load(store));
      store.flush();
      this.attached(store, answer);
    } catch (error) {
      if (this.link.state.phase !== "open") return; // The next connection attaches again.
      store.change({ phase: "failed", failure: error instanceof Error ? error.message : undefined });
    }
  }

  /** resume is undefined when the server does not know the cursor any more. */
  private async resume(store: SessionStore, cursor: string): Promise<Attached | undefined> {
    store.rewind();
    const answer = await this.link.request<Attached>("session/resume", {
      sessionId: store.id,
      cwd: store.cwd,
      mcpServers: [],
      _meta: { [META.replayAfter]: cursor },
    });
    return metaString(answer._meta, META.replay) === "reset" ? undefined : answer;
  }

  private load(store: SessionStore): Promise<Attached> {
    store.restart();
    return this.link.request<Attached>("session/load", { sessionId: store.id, cwd: store.cwd, mcpServers: [] });
  }

  private attached(store: SessionStore, answer: Attached) {
    const skipped = answer._meta?.[META.skipped];
    store.change({ phase: "ready", skipped: Number(skipped ?? 0), ...(answer.modes && { modes: answer.modes }) });
    this.takeOptions(store, answer);
    const state = metaString(answer._meta, META.state) as RunState | undefined;
    const interrupted = answer._meta?.[META.interrupted] === true;
    if (state && (state !== store.view.run.state || interrupted !== (store.view.run.interrupted ?? false))) {
      store.setRun({ ...store.view.run, state, interrupted });
    }
    const queue = answer._meta?.[META.queue];
    if (Array.isArray(queue)) store.setQueue(queue as QueuedPrompt[]);
    this.emit();
    for (const outgoing of store.view.outbox) if (!outgoing.failed) void this.send(store, outgoing);
  }

  private takeOptions(store: SessionStore, answer: Attached) {
    if (!answer.configOptions) return;
    store.receive({ sessionUpdate: "config_option_update", configOptions: answer.configOptions });
    store.flush();
  }

  private async send(store: SessionStore, { promptId, prompt }: Outgoing) {
    try {
      await this.link.request("session/prompt", { sessionId: store.id, prompt, _meta: { [META.promptId]: promptId } });
      store.removeOutgoing(promptId);
    } catch (error) {
      // Without a connection it stays in the outbox and is sent again, under the same id, by the next one.
      if (this.link.state.phase !== "open" || !store.view.outbox.some((o) => o.promptId === promptId)) return;
      store.addOutgoing({ promptId, prompt, failed: error instanceof Error ? error.message : String(error) });
    }
  }

  private emit() {
    this.changes++;
    for (const listener of this.listeners) listener();
  }
}
