import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorText } from "@/ui/ErrorText";
import { useAttempt } from "@/ui/useAttempt";

interface BackDialogProps {
  open: boolean;
  onClose(): void;
  onBack(files: boolean): Promise<unknown>;
  /** Called once the conversation went back and the dialog is gone, to move the focus. */
  onDone(): void;
}

/** BackDialog asks before the conversation goes back to before a message. */
export function BackDialog({ open, onClose, onBack, onDone }: BackDialogProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [files, setFiles] = useState(false);
  const done = useRef(false);
  const { error, run } = useAttempt(open, onClose);
  const goBack = async () => {
    done.current = false;
    setBusy(true);
    await run(async () => {
      await onBack(files);
      done.current = true;
    });
    setBusy(false);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      title={t("back.title")}
      description={t("back.text")}
      onCloseAutoFocus={(event) => {
        if (!done.current) return;
        done.current = false;
        event.preventDefault();
        onDone();
      }}
    >
      <div className="space-y-4 pt-3">
        <label className="flex items-start gap-2 text-sm">
          <input
            type="checkbox"
            className="mt-1 accent-accent"
            checked={files}
            onChange={(e) => setFiles(e.target.checked)}
          />
          <span>
            {t("back.files")}
            <span className="block text-xs text-soft">{t("back.filesHint")}</span>
          </span>
        </label>
        <ErrorText error={error} />
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button look="primary" disabled={busy} onClick={() => void goBack()}>
            {t("back.confirm")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
