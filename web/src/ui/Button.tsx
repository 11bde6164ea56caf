import clsx from "clsx";
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, Ref } from "react";

const LOOKS = {
  primary: "bg-accent text-accent-ink hover:brightness-110",
  quiet: "border bg-raised text-ink hover:bg-hover",
  plain: "text-ink hover:bg-hover",
  danger: "bg-bad-wash text-bad border border-bad/40 hover:brightness-95",
} as const;

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof LOOKS;
  ref?: Ref<HTMLButtonElement>;
}

const SHAPE =
  "inline-flex min-h-9 items-center justify-center gap-1.5 rounded-lg px-3.5 text-sm font-medium transition disabled:opacity-50";

export function Button({ look = "quiet", className, type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={clsx(SHAPE, LOOKS[look], className)} {...rest} />;
}

/** ButtonLink leaves the page for an address of the server, and looks like a button. */
export function ButtonLink({ className, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement>) {
  return <a className={clsx(SHAPE, LOOKS.quiet, className)} {...rest} />;
}
