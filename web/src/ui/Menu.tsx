import clsx from "clsx";
import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { usePortal } from "./PortalScope";

interface MenuProps {
  trigger: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
  children: ReactNode;
}

export function Menu({ trigger, align = "end", side = "bottom", children }: MenuProps) {
  const container = usePortal();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={container}>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-[60dvh] max-w-80 min-w-44 overflow-y-auto rounded-xl border bg-raised p-1 text-sm shadow-xl"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  onSelect(): void;
  danger?: boolean;
  icon?: ReactNode;
  /** Given for one of several choices: whether it is the one in force. */
  chosen?: boolean;
  hint?: string | null | undefined;
  children: ReactNode;
}

export function MenuItem({ onSelect, danger, icon, chosen, hint, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      onSelect={onSelect}
      className={clsx(
        "flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1.5 outline-none select-none data-highlighted:bg-hover",
        danger && "text-bad",
      )}
    >
      {icon}
      <span className="min-w-0 flex-1">
        {children}
        {hint && <span className="block text-xs text-soft">{hint}</span>}
      </span>
      {chosen && <Check size={15} className="shrink-0 text-accent" aria-hidden="true" />}
    </DropdownMenu.Item>
  );
}
