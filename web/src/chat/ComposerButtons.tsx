import { ArrowUp, ImagePlus, Square } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui/IconButton";
import { imageFiles } from "./images";

interface SendButtonProps {
  busy: boolean;
  empty: boolean;
  disabled: boolean;
  onSend(): void;
  onStop(): void;
}

/** SendButton sends; while a turn runs and nothing is written it stops. */
export function SendButton({ busy, empty, disabled, onSend, onStop }: SendButtonProps) {
  const { t } = useTranslation();
  const stops = busy && empty;
  return (
    <IconButton
      label={stops ? t("composer.stop") : t("composer.send")}
      className="ms-1"
      filled
      disabled={!stops && (empty || disabled)}
      onClick={stops ? onStop : onSend}
    >
      {stops ? <Square size={15} fill="currentColor" /> : <ArrowUp size={19} />}
    </IconButton>
  );
}

export function AttachButton({ onFiles }: { onFiles(files: File[]): void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label={t("composer.attach")} onClick={() => input.current?.click()}>
        <ImagePlus size={18} />
      </IconButton>
      <input
        ref={input}
        type="file"
        accept="image/*"
        multiple
        hidden
        onChange={(event) => {
          onFiles(imageFiles(event.target.files));
          event.target.value = "";
        }}
      />
    </>
  );
}
