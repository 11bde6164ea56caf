import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";

/** useErrorText turns an error into a sentence: the server's own, or ours when it gave none. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (error instanceof ApiError) {
      if (error.message) return error.message;
      return error.status === 0 ? t("error.unreachable") : t("error.unknown");
    }
    return error instanceof Error && error.message ? error.message : t("error.unknown");
  };
}

export function ErrorText({ error }: { error: unknown }) {
  const text = useErrorText();
  if (!error) return null;
  return (
    <p role="alert" className="rounded-lg bg-bad-wash px-3 py-2 text-sm text-bad">
      {text(error)}
    </p>
  );
}
