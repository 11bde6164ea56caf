import clsx from "clsx";
import type { ButtonHTMLAttributes, Ref } from "react";

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What the button does, for those who do not see the picture, and as a tooltip. */
  label: string;
  small?: boolean;
  /** Filled stands out as the one thing to press. */
  filled?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ label, small, filled, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={clsx(
        "inline-flex shrink-0 items-center justify-center rounded-lg transition disabled:opacity-40",
        filled ? "bg-accent text-accent-ink hover:brightness-110" : "text-soft hover:bg-hover hover:text-ink",
        small ? "size-7" : "size-9",
        className,
      )}
      {...rest}
    />
  );
}
