import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { getSettings, subscribeSettings } from "@/settings/settings";
import { en } from "./en";
import { zhCN } from "./zh-CN";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

/** language is the person's choice, or the browser's language if the page speaks it. */
function language(): "en" | "zh-CN" {
  const { language: chosen } = getSettings();
  if (chosen) return chosen;
  return navigator.languages
    .find((l) => /^(zh|en)/i.test(l))
    ?.toLowerCase()
    .startsWith("zh")
    ? "zh-CN"
    : "en";
}

function show() {
  document.documentElement.lang = i18next.language;
}

export async function startI18n() {
  await i18next.use(initReactI18next).init({
    lng: language(),
    fallbackLng: "en",
    resources: { en: { translation: en }, "zh-CN": { translation: zhCN } },
    interpolation: { escapeValue: false }, // React escapes.
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0]);
  show();
  i18next.on("languageChanged", show);
  subscribeSettings(() => {
    if (i18next.language !== language()) void i18next.changeLanguage(language());
  });
}
