export type DayGroup = "today" | "yesterday" | "older";

/** dayGroup says under which heading of the session list a time falls. */
export function dayGroup(iso: string, now: Date = new Date()): DayGroup {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const at = Date.parse(iso);
  if (at >= midnight) return "today";
  const dayBefore = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1).getTime();
  return at >= dayBefore ? "yesterday" : "older";
}

/** clock writes a duration in seconds as 7s, 1:05 or 1:02:09. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** shortCount writes 84213 as 84k. */
export function shortCount(n: number): string {
  if (n < 1000) return String(n);
  if (n < 1_000_000) return `${Math.round(n / 1000)}k`;
  return `${(n / 1_000_000).toFixed(1)}M`;
}
