/** What the page does after a connection ended. */
export type AfterClose = { action: "retry"; delay: number } | { action: "signed-out" } | { action: "refused" };

export const CLOSE = { restart: 1012, slow: 4008, signedOut: 4401, tooMany: 4429 } as const;

const FIRST_STEP = 1_000;
const LONGEST = 30_000;

/**
 * retryDelay is the pause in milliseconds before attempt number `attempt`, counted from 0: none before the first, then
 * one second doubling to thirty, each spread over its upper half so that many pages do not come back in step.
 */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  if (attempt <= 0) return 0;
  const step = Math.min(LONGEST, FIRST_STEP * 2 ** (attempt - 1));
  return Math.round(step / 2 + (step / 2) * random());
}

/** afterClose decides by the close code; `attempt` counts the failures since the last good connection. */
export function afterClose(code: number, attempt: number, random: () => number = Math.random): AfterClose {
  switch (code) {
    case CLOSE.signedOut:
      return { action: "signed-out" };
    case CLOSE.tooMany:
      return { action: "refused" };
    case CLOSE.slow:
      return { action: "retry", delay: attempt > 0 ? retryDelay(attempt, random) : 0 };
    case CLOSE.restart:
      // The server said that it restarts: an immediate attempt would meet a closed port, so skip it.
      return { action: "retry", delay: retryDelay(attempt + 1, random) };
    default:
      return { action: "retry", delay: retryDelay(attempt, random) };
  }
}
