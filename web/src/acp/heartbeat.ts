export interface HeartbeatOptions {
  /** When the last frame arrived, in milliseconds of performance.now(). */
  lastFrame(): number;
  /** Sends something that the server answers; any frame that comes back counts. */
  ping(): void;
  /** Called once when the server stayed silent. */
  silent(): void;
}

const CHECK_EVERY = 5_000;
const PING_AFTER = 20_000;
/** Longer than the server's own interval of ping frames, which a page cannot see. */
const SILENT_AFTER = 45_000;
const PROBE_TIMEOUT = 5_000;

/**
 * startHeartbeat notices a connection that died without a close frame. `probe` asks at once, for the moment when a
 * laptop wakes up or the page becomes visible again.
 */
export function startHeartbeat(options: HeartbeatOptions): { stop(): void; probe(): void } {
  let probeTimer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const fail = () => {
    if (over) return;
    stop();
    options.silent();
  };
  const timer = setInterval(() => {
    const quiet = performance.now() - options.lastFrame();
    if (quiet > SILENT_AFTER) fail();
    else if (quiet > PING_AFTER) options.ping();
  }, CHECK_EVERY);
  const probe = () => {
    const asked = performance.now();
    options.ping();
    clearTimeout(probeTimer);
    probeTimer = setTimeout(() => {
      if (options.lastFrame() < asked) fail();
    }, PROBE_TIMEOUT);
  };
  const stop = () => {
    over = true;
    clearInterval(timer);
    clearTimeout(probeTimer);
  };
  return { stop, probe };
}
