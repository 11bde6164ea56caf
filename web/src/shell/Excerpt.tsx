import { useTranslation } from "react-i18next";
import type { Found } from "@/api/types";

/** Excerpt shows where the words stand. */
export function Excerpt({ found }: { found: Found }) {
  const { t } = useTranslation();
  return (
    <p className="line-clamp-2 text-xs break-words text-soft">
      <span className="me-1.5">{t(`palette.${found.kind}`)}</span>
      {found.excerpt.map((part, index) =>
        part.match ? (
          <mark key={String(index)} className="rounded bg-warn-wash text-ink">
            {part.text}
          </mark>
        ) : (
          <span key={String(index)}>{part.text}</span>
        ),
      )}
    </p>
  );
}
