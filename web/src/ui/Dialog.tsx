import clsx from "clsx";
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./IconButton";
import { PortalReset } from "./PortalScope";

interface DialogProps {
  open: boolean;
  onOpenChange(open: boolean): void;
  title: string;
  description?: string;
  wide?: boolean;
  /** Decides where the focus goes afterwards; by itself it goes back to where it was. */
  onCloseAutoFocus?: (event: Event) => void;
  children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, description, wide, onCloseAutoFocus, children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Radix.Content
          {...(onCloseAutoFocus && { onCloseAutoFocus })}
          {...(description ? {} : { "aria-describedby": undefined })}
          className={clsx(
            "fixed top-1/2 left-1/2 z-50 flex max-h-[88dvh] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col overflow-hidden rounded-2xl border bg-raised shadow-2xl",
            wide ? "max-w-xl" : "max-w-md",
          )}
        >
          <header className="flex items-center justify-between ps-5 pe-3 pt-3">
            <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t("common.close")}>
                <X size={18} />
              </IconButton>
            </Radix.Close>
          </header>
          {description && <Radix.Description className="px-5 text-sm text-soft">{description}</Radix.Description>}
          <div className="overflow-y-auto px-5 pt-2 pb-5">
            <PortalReset>{children}</PortalReset>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
