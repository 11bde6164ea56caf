import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";

/** ErrorPage is what is left when a page cannot be shown. */
export function ErrorPage({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <main className="grid h-dvh place-content-center gap-4 p-6 text-center">
      <p>{t("error.page")}</p>
      <ErrorText error={error} />
      <Button onClick={() => location.reload()}>{t("error.reload")}</Button>
    </main>
  );
}

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main className="grid h-dvh place-content-center gap-4 p-6 text-center">
      <p>{t("error.notFound")}</p>
      <a href="/" className="text-accent underline">
        {t("session.back")}
      </a>
    </main>
  );
}
