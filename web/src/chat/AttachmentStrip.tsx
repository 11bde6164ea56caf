import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/IconButton";
import type { Attachments } from "./useAttachments";

export function AttachmentStrip({ images }: { images: Attachments }) {
  const { t } = useTranslation();
  return (
    <>
      {images.failed && (
        <p role="alert" className="px-4 pt-2 text-sm text-bad">
          {t("composer.imageTooBig")}
        </p>
      )}
      {images.list.length > 0 && (
        <ul className="flex flex-wrap gap-2 px-3 pt-3">
          {images.list.map(({ id, block }, index) => (
            <li key={id} className="relative">
              <img
                src={`data:${block.mimeType};base64,${block.data}`}
                alt={t("composer.image", { n: index + 1 })}
                className="size-16 rounded-lg border object-cover"
              />
              <IconButton
                small
                label={t("composer.removeImage", { n: index + 1 })}
                className="absolute -top-2 -right-2 border bg-raised"
                onClick={() => images.remove(id)}
              >
                <X size={13} />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
