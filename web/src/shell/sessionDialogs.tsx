import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorText } from "@/ui/ErrorText";
import { Field } from "@/ui/Field";

interface RenameProps {
  open: boolean;
  title: string;
  onClose(): void;
  onSave(title: string): Promise<unknown>;
}

export function RenameDialog({ open, title, onClose, onSave }: RenameProps) {
  const { t } = useTranslation();
  const [value, setValue] = useState(title);
  const { error, run } = useAttempt(open, onClose);
  useEffect(() => {
    if (open) setValue(title);
  }, [open, title]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (value.trim()) void run(() => onSave(value.trim()));
  };
  return (
    <Dialog open={open} onOpenChange={onClose} title={t("session.rename")}>
      <form onSubmit={submit} className="space-y-4">
        <Field
          label={t("session.renameLabel")}
          value={value}
          maxLength={200}
          onChange={(event) => setValue(event.target.value)}
          onFocus={(event) => event.target.select()}
        />
        <ErrorText error={error} />
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button type="submit" look="primary" disabled={!value.trim()}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface DeleteProps {
  open: boolean;
  title: string;
  onClose(): void;
  onDelete(): Promise<unknown>;
}

export function DeleteDialog({ open, title, onClose, onDelete }: DeleteProps) {
  const { t } = useTranslation();
  const { error, run } = useAttempt(open, onClose);
  return (
    <Dialog
      open={open}
      onOpenChange={onClose}
      title={t("session.deleteTitle")}
      description={t("session.deleteText", { title })}
    >
      <div className="space-y-4 pt-3">
        <ErrorText error={error} />
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button look="danger" onClick={() => void run(onDelete)}>
            {t("common.delete")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** useAttempt runs what a dialog is for, closes it when that worked and keeps the error when it did not. */
function useAttempt(open: boolean, onClose: () => void) {
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (open) setError(undefined);
  }, [open]);
  const run = async (attempt: () => Promise<unknown>) => {
    try {
      await attempt();
      onClose();
    } catch (failure) {
      setError(failure);
    }
  };
  return { error, run };
}
