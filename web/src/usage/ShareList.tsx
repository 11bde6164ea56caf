import { VisibleText } from "@/ui/VisibleText";
import { FILLS } from "./looks";

export interface Share {
  key: string;
  name: string;
  amount: number;
  /** The amount as it is read. */
  text: string;
  /** The colour of its series, if it is one. */
  colour?: number;
}

/** ShareList draws a bar for each part of a whole, with its name and its amount. */
export function ShareList({ label, shares }: { label: string; shares: readonly Share[] }) {
  const most = Math.max(0, ...shares.map((s) => s.amount));
  return (
    <ul aria-label={label} className="space-y-2 text-sm">
      {shares.map(({ key, name, amount, text, colour }) => (
        <li key={key}>
          <div className="flex items-baseline gap-2">
            {colour !== undefined && (
              <svg width="10" height="10" aria-hidden="true" className="shrink-0">
                <rect width="10" height="10" rx="2.5" className={FILLS[colour]} />
              </svg>
            )}
            <span className="min-w-0 flex-1 truncate" dir="auto">
              <VisibleText text={name} />
            </span>
            <span className="shrink-0 tabular-nums">{text}</span>
          </div>
          <svg width="100%" height="4" aria-hidden="true" className="mt-1 block">
            <rect width="100%" height="4" rx="2" className="fill-hover" />
            {amount > 0 && (
              <rect
                width={`${Math.max(0.5, (amount / most) * 100)}%`}
                height="4"
                rx="2"
                className={colour === undefined ? "fill-soft" : FILLS[colour]}
              />
            )}
          </svg>
        </li>
      ))}
    </ul>
  );
}
