import type { AnyMessage, Stream } from "@agentclientprotocol/sdk";

/** SocketEvents are called in the order of the frames, before anything else of the page sees them. */
export interface SocketEvents {
  /** Returns true when it took the message; the protocol library then does not see it. */
  onMessage(message: AnyMessage): boolean;
  onClose(code: number, reason: string): void;
}

export interface OpenSocket {
  stream: Stream;
  /** When the last frame arrived, in milliseconds of performance.now(). */
  lastFrame(): number;
  close(code?: number, reason?: string): void;
}

export interface SocketOptions {
  protocols: string[];
  timeout: number;
  WebSocket?: typeof WebSocket;
}

/** ConnectError says why an address did not connect; `reason` is a key of the `connection.reason` texts. */
export class ConnectError extends Error {
  constructor(
    readonly reason: "timeout" | "refused" | "blocked",
    readonly code = 1006,
  ) {
    super(reason);
  }
}

/**
 * openSocket connects and resolves once the server accepted the upgrade. Frames are handed over synchronously, one
 * task each, so that an update is always applied before the answer that follows it.
 */
export function openSocket(url: string, events: SocketEvents, options: SocketOptions): Promise<OpenSocket> {
  let socket: WebSocket;
  try {
    socket = new (options.WebSocket ?? WebSocket)(url, options.protocols);
  } catch {
    return Promise.reject(new ConnectError("blocked")); // For instance ws: from an https: page.
  }
  return new Promise((resolve, reject) => {
    let opened = false;
    const timer = setTimeout(() => {
      reject(new ConnectError("timeout"));
      socket.close();
    }, options.timeout);
    const pipe = messagePipe(socket, events);
    socket.onopen = () => {
      opened = true;
      clearTimeout(timer);
      resolve({ stream: pipe.stream, lastFrame: pipe.lastFrame, close: (code, why) => socket.close(code, why) });
    };
    socket.onclose = (event) => {
      clearTimeout(timer);
      pipe.end();
      if (opened) events.onClose(event.code, event.reason);
      else reject(new ConnectError("refused", event.code));
    };
  });
}

function messagePipe(socket: WebSocket, events: SocketEvents) {
  let controller: ReadableStreamDefaultController<AnyMessage> | undefined;
  let last = performance.now();
  const readable = new ReadableStream<AnyMessage>({
    start: (c) => {
      controller = c;
    },
    cancel: () => socket.close(),
  });
  const writable = new WritableStream<AnyMessage>({
    write: (message) => {
      if (socket.readyState !== socket.OPEN) throw new Error("the connection is closed");
      socket.send(JSON.stringify(message));
    },
    close: () => socket.close(),
    abort: () => socket.close(),
  });
  socket.onmessage = (event) => {
    last = performance.now();
    const message = parseFrame(event.data);
    if (message && !events.onMessage(message)) controller?.enqueue(message);
  };
  const end = () => {
    try {
      controller?.close();
    } catch {
      // The reader cancelled first.
    }
  };
  return { stream: { readable, writable }, end, lastFrame: () => last };
}

function parseFrame(data: unknown): AnyMessage | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as AnyMessage) : undefined;
  } catch {
    return undefined;
  }
}
