import { type ClientConnection, client, PROTOCOL_VERSION } from "@agentclientprotocol/sdk";
import { type Candidate, preferring } from "./address";
import { afterClose, CLOSE, retryDelay } from "./backoff";
import { startHeartbeat } from "./heartbeat";
import { META, METHODS } from "./meta";
import { ConnectError, type OpenSocket, openSocket } from "./socket";
import type {
  QueueNotice,
  RequestPermissionRequest,
  RequestPermissionResponse,
  RewoundNotice,
  StateNotice,
  UpdateNotice,
} from "./types";

export type LinkState =
  | { phase: "connecting"; since: number; reason?: Reason }
  | { phase: "waiting"; since: number; retryAt: number; reason: Reason }
  | { phase: "open"; url: string }
  | { phase: "signed-out" }
  | { phase: "refused" }
  | { phase: "closed" };

/** Reason names why there is no connection: a key of the `connection.reason` texts. */
export type Reason = "timeout" | "refused" | "blocked" | "lost" | "silent" | "restart" | "slow" | "offline" | "server";

/** Detour says that an address did not connect and another one did. */
export interface Detour {
  failed: { url: string; reason: Reason }[];
  url: string;
}

export interface LinkHandlers {
  onUpdate(notice: UpdateNotice): void;
  onRunState(notice: StateNotice): void;
  onQueue(notice: QueueNotice): void;
  /** The conversation went back to before a message: what is here is out of date. */
  onRewound(notice: RewoundNotice): void;
  onPermission(request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse>;
  /** A new connection is initialised; every session has to attach again. */
  onOpen(): void;
  onClosed(): void;
}

export interface LinkOptions {
  candidates(): Promise<Candidate[]>;
  /** A fresh ticket; undefined when the server gives none; throws SignedOut when nobody is signed in. */
  ticket(): Promise<string | undefined>;
  handlers: LinkHandlers;
}

/** SignedOut is thrown by LinkOptions.ticket when the server no longer knows who is there. */
export class SignedOut extends Error {}

const CONNECT_TIMEOUT = 8_000;

/** Link keeps one ACP connection to the gateway alive, and says at any time how it stands. */
export class Link {
  state: LinkState = { phase: "closed" };
  detour: Detour | undefined;
  private listeners = new Set<() => void>();
  private connection: ClientConnection | undefined;
  private socket: OpenSocket | undefined;
  private stopHeartbeat: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private lastGood: string | undefined;
  private generation = 0;
  private downSince = 0;

  constructor(private readonly options: LinkOptions) {}

  start() {
    if (this.state.phase !== "closed") return;
    document.addEventListener("visibilitychange", this.wake);
    window.addEventListener("online", this.wake);
    this.downSince = Date.now();
    void this.connect();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("online", this.wake);
    this.generation++;
    clearTimeout(this.timer);
    this.drop();
    this.set({ phase: "closed" });
  }

  /** retryNow ends a wait, or starts again after the server refused. */
  retryNow = () => {
    if (this.state.phase !== "waiting" && this.state.phase !== "refused") return;
    clearTimeout(this.timer);
    void this.connect();
  };

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  dismissDetour = () => {
    this.detour = undefined;
    this.emit();
  };

  /** request calls a method of the agent; it fails at once while there is no connection. */
  request<Response>(method: string, params: unknown): Promise<Response> {
    if (!this.connection || this.state.phase !== "open") return Promise.reject(new ConnectError("refused"));
    return this.connection.agent.request<Response>(method, params);
  }

  notify(method: string, params: unknown): Promise<void> {
    if (!this.connection || this.state.phase !== "open") return Promise.reject(new ConnectError("refused"));
    return this.connection.agent.notify(method, params);
  }

  private wake = () => {
    if (document.hidden) return;
    if (this.state.phase === "waiting") this.retryNow();
    else if (this.state.phase === "open") this.probe?.();
  };

  private probe: (() => void) | undefined;

  private async connect(reason?: Reason) {
    const generation = ++this.generation;
    this.set({ phase: "connecting", since: this.downSince, ...(reason && { reason }) });
    const failed: Detour["failed"] = [];
    try {
      for (const candidate of preferring(await this.options.candidates(), this.lastGood)) {
        if (await this.tryAddress(candidate.url, generation, failed)) return;
        if (generation !== this.generation) return;
      }
      this.retryLater(failed.at(-1)?.reason ?? "refused");
    } catch (error) {
      if (generation !== this.generation) return;
      if (error instanceof SignedOut) this.set({ phase: "signed-out" });
      else this.retryLater(navigator.onLine ? "server" : "offline");
    }
  }

  /** tryAddress is true when the address is now the open connection, and false after noting why it is not. */
  private async tryAddress(url: string, generation: number, failed: Detour["failed"]): Promise<boolean> {
    const ticket = await this.options.ticket();
    const protocols = ticket ? ["acp.v1", `ticket.${ticket}`] : ["acp.v1"];
    const events = { onMessage: this.takeNotification, onClose: (code: number) => this.closed(code, generation) };
    try {
      const socket = await openSocket(url, events, { protocols, timeout: CONNECT_TIMEOUT });
      if (generation !== this.generation) {
        socket.close();
        return true;
      }
      await this.initialize(socket, url);
      this.detour = failed.length > 0 ? { failed, url } : this.detour;
      this.emit();
      return true;
    } catch (error) {
      failed.push({ url, reason: error instanceof ConnectError ? error.reason : "refused" });
      return false;
    }
  }

  private async initialize(socket: OpenSocket, url: string) {
    this.socket = socket;
    const app = client({ name: "claude-agent-chat-web" }).onRequest("session/request_permission", (ctx) =>
      this.options.handlers.onPermission(ctx.params, ctx.signal),
    );
    this.connection = app.connect(socket.stream);
    const hello = this.connection.agent.request("initialize", {
      protocolVersion: PROTOCOL_VERSION,
      clientInfo: { name: "claude-agent-chat-web", title: "Claude Agent Chat", version: "1" },
      clientCapabilities: { session: { notices: {} }, _meta: { [META.echo]: true } },
    });
    // Something that accepts connections and is no gateway would keep the page waiting.
    const timer = setTimeout(() => this.drop(), CONNECT_TIMEOUT);
    await hello.finally(() => clearTimeout(timer));
    this.failures = 0;
    this.lastGood = url;
    const heartbeat = startHeartbeat({
      lastFrame: socket.lastFrame,
      ping: () => void this.connection?.agent.request(METHODS.ping, {}).catch(() => undefined),
      silent: () => this.closed(0, this.generation),
    });
    this.stopHeartbeat = heartbeat.stop;
    this.probe = heartbeat.probe;
    this.set({ phase: "open", url });
    this.options.handlers.onOpen();
  }

  /** takeNotification handles what the server tells, frame by frame and in order; requests go to the library. */
  private takeNotification = (message: object): boolean => {
    if (!("method" in message) || "id" in message || !("params" in message)) return false;
    const { handlers } = this.options;
    switch (message.method) {
      case METHODS.update:
        handlers.onUpdate(message.params as UpdateNotice);
        return true;
      case METHODS.state:
        handlers.onRunState(message.params as StateNotice);
        return true;
      case METHODS.queue:
        handlers.onQueue(message.params as QueueNotice);
        return true;
      case METHODS.rewound:
        handlers.onRewound(message.params as RewoundNotice);
        return true;
      default:
        return false;
    }
  };

  /** closed ends the connection; code 0 stands for a server that fell silent. */
  private closed(code: number, generation: number) {
    if (generation !== this.generation) return;
    if (this.state.phase !== "open") {
      this.drop(); // initialize fails by itself and the next address is tried.
      return;
    }
    this.generation++;
    this.drop();
    this.downSince = Date.now();
    this.options.handlers.onClosed();
    const next = afterClose(code, this.failures);
    if (next.action !== "retry") this.set({ phase: next.action });
    else this.schedule(next.delay, reasonOf(code));
  }

  private retryLater(reason: Reason) {
    this.failures++;
    this.schedule(retryDelay(this.failures), reason);
  }

  private schedule(delay: number, reason: Reason) {
    if (delay === 0 && !document.hidden) {
      void this.connect(reason);
      return;
    }
    this.set({ phase: "waiting", since: this.downSince, retryAt: Date.now() + delay, reason });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!document.hidden) void this.connect(reason); // A hidden page waits until it is looked at.
    }, delay);
  }

  private drop() {
    this.stopHeartbeat?.();
    this.probe = undefined;
    this.connection?.close();
    this.socket?.close();
    this.connection = undefined;
    this.socket = undefined;
  }

  private set(state: LinkState) {
    this.state = state;
    this.emit();
  }

  private emit() {
    for (const listener of this.listeners) listener();
  }
}

function reasonOf(code: number): Reason {
  if (code === 0) return "silent";
  if (code === CLOSE.restart) return "restart";
  return code === CLOSE.slow ? "slow" : "lost";
}
