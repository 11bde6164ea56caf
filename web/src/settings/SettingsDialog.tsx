import { useId } from "react";
import { useTranslation } from "react-i18next";
import { isMac } from "@/lib/keys";
import { Dialog } from "@/ui/Dialog";
import { inputClass } from "@/ui/Field";
import { DeleteAccount } from "./DeleteAccount";
import { Password } from "./Password";
import { Provider } from "./Provider";
import { SecondFactor } from "./SecondFactor";
import { type Settings, updateSettings, useSettings } from "./settings";
import { Tokens } from "./Tokens";
import { Trash } from "./Trash";
import { WebSessions } from "./WebSessions";

export function SettingsDialog({ open, onOpenChange }: { open: boolean; onOpenChange(open: boolean): void }) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("settings.title")} wide>
      <div className="space-y-6">
        <General />
        <Password />
        <SecondFactor />
        <Provider />
        <WebSessions />
        <Tokens />
        <Trash />
        <Shortcuts />
        <DeleteAccount />
      </div>
    </Dialog>
  );
}

function General() {
  const { t } = useTranslation();
  const settings = useSettings();
  return (
    <section className="space-y-3" aria-label={t("settings.general")}>
      <Choice
        label={t("settings.language")}
        value={settings.language}
        options={{ "": t("settings.languageAuto"), en: "English", "zh-CN": "简体中文" }}
        onChange={(language) => updateSettings({ language: language as Settings["language"] })}
      />
      <Choice
        label={t("settings.theme")}
        value={settings.theme}
        options={{ system: t("settings.themeSystem"), light: t("settings.themeLight"), dark: t("settings.themeDark") }}
        onChange={(theme) => updateSettings({ theme: theme as Settings["theme"] })}
      />
      <Choice
        label={t("settings.enter")}
        value={settings.enter}
        options={{ send: t("settings.enterSend"), newline: t("settings.enterNewline") }}
        onChange={(enter) => updateSettings({ enter: enter as Settings["enter"] })}
      />
      <Choice
        label={t("settings.thinking")}
        value={settings.thinkingFolded ? "folded" : "open"}
        options={{ folded: t("settings.thinkingFolded"), open: t("settings.thinkingOpen") }}
        onChange={(value) => updateSettings({ thinkingFolded: value === "folded" })}
      />
    </section>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: Record<string, string>;
  onChange(value: string): void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <select
        id={id}
        className={`${inputClass} sm:w-60`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {Object.entries(options).map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function Shortcuts() {
  const { t } = useTranslation();
  const command = isMac ? "⌘" : "Ctrl";
  const keys: [string, string][] = [
    ["Esc", t("settings.stop")],
    [`${command} K`, t("settings.palette")],
    ["⇧ Tab", t("settings.mode")],
    [`${command} ↩`, t("permission.allowOnce")],
  ];
  return (
    <section className="space-y-2">
      <h3 className="text-sm font-semibold">{t("settings.shortcuts")}</h3>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1.5 text-sm">
        {keys.map(([key, what]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded border bg-sunken px-1.5 py-0.5 font-sans text-xs">{key}</kbd>
            </dt>
            <dd className="text-soft">{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
