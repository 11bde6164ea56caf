import { useTranslation } from "react-i18next";
import { updateSettings } from "@/settings/settings";

const LANGUAGES = [
  ["en", "English"],
  ["zh-CN", "简体中文"],
] as const;

/** LanguageSwitch changes the language before anyone is signed in. */
export function LanguageSwitch() {
  const { t, i18n } = useTranslation();
  return (
    <div className="flex justify-center gap-3 text-sm" role="group" aria-label={t("settings.language")}>
      {LANGUAGES.map(([id, name]) => (
        <button
          key={id}
          type="button"
          lang={id}
          aria-pressed={i18n.language === id}
          className="rounded px-1.5 text-soft hover:text-ink aria-pressed:font-semibold aria-pressed:text-ink"
          onClick={() => updateSettings({ language: id })}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
