import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { configQuery } from "@/api/queries";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorText } from "@/ui/ErrorText";
import { Field } from "@/ui/Field";
import { useAttempt } from "@/ui/useAttempt";

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
  /** What is asked, and what is lost. */
  title: string;
  text: string;
  /** True if it is gone at once, whatever the server's grace period is. */
  forGood?: boolean;
  onClose(): void;
  onDelete(): Promise<unknown>;
}

/** DeleteDialog asks before something is deleted, and says for how long it can be had back. */
export function DeleteDialog({ open, title, text, forGood = false, onClose, onDelete }: DeleteProps) {
  const { t } = useTranslation();
  const { error, run } = useAttempt(open, onClose);
  const { data: config } = useQuery(configQuery);
  const days = forGood ? 0 : (config?.deleteGraceDays ?? 0);
  const back = days > 0 ? t("trash.backFor", { count: days }) : t("trash.notBack");
  return (
    <Dialog open={open} onOpenChange={onClose} title={title} description={`${text} ${back}`}>
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
