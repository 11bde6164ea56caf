import { useEffect, useState } from "react";

/** useAttempt runs what a dialog is for, closes it when that worked and keeps the error when it did not. */
export function useAttempt(open: boolean, onClose: () => void) {
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
