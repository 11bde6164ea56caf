import clsx from "clsx";
import { ChevronDown, Gauge } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { SessionConfigOption } from "@/acp/types";
import type { SessionView } from "@/session/store";
import { Menu, MenuItem } from "@/ui/Menu";

interface Choice {
  id: string;
  name: string;
  current: string;
  values: { value: string; name: string; description?: string | null | undefined }[];
  isMode: boolean;
  /** How much the model may think. */
  isEffort?: boolean;
}

/** choicesOf lists what a session lets the person choose: its config options, or its modes where it has only these. */
export function choicesOf({ transcript, modes }: SessionView): Choice[] {
  const choices = (transcript.configOptions ?? []).flatMap(choiceOf);
  const current = transcript.mode ?? modes?.currentModeId;
  const mode = choices.find((c) => c.isMode);
  if (mode && transcript.mode) mode.current = transcript.mode;
  if (mode || !modes || current === undefined) return choices;
  const values = modes.availableModes.map(({ id, name, description }) => ({ value: id, name, description }));
  return [{ id: "", name: "", current, values, isMode: true }, ...choices];
}

function choiceOf(option: SessionConfigOption): Choice[] {
  if (option.type !== "select") return [];
  const values = option.options.flatMap((o) => ("options" in o ? o.options : [o]));
  const { id, name, currentValue, category } = option;
  return [
    { id, name, current: currentValue, values, isMode: category === "mode", isEffort: category === "thought_level" },
  ];
}

/** nextMode is the mode after the one in force, for the shortcut. */
export function nextMode(view: SessionView): { choice: Choice; value: string } | undefined {
  const choice = choicesOf(view).find((c) => c.isMode);
  if (!choice || choice.values.length < 2) return undefined;
  const index = choice.values.findIndex((v) => v.value === choice.current);
  const next = choice.values[(index + 1) % choice.values.length];
  return next && { choice, value: next.value };
}

interface OptionsProps {
  view: SessionView;
  onChoose(choice: Choice, value: string): void;
}

export type { Choice };

/** Options shows each choice as a menu that names what is in force. */
export function Options({ view, onChoose }: OptionsProps) {
  return choicesOf(view).map((choice) => <ChoiceMenu key={choice.id} choice={choice} onChoose={onChoose} />);
}

function ChoiceMenu({ choice, onChoose }: { choice: Choice; onChoose: OptionsProps["onChoose"] }) {
  const { t } = useTranslation();
  const nameOf = useValueName(choice);
  const current = choice.values.find((v) => v.value === choice.current);
  const shown = current ? nameOf(current) : choice.current;
  return (
    <Menu
      align="start"
      side="top"
      trigger={
        <button
          type="button"
          className={clsx(
            "inline-flex h-8 max-w-28 shrink-0 items-center gap-1 rounded-lg px-1.5 text-sm hover:bg-hover hover:text-ink sm:max-w-52 sm:px-2",
            choice.isEffort && choice.current !== "auto" ? "text-accent sm:text-soft" : "text-soft",
          )}
          title={choice.isEffort ? t("effort.label") : choice.name}
          aria-label={choice.isEffort ? t("effort.named", { name: shown }) : undefined}
        >
          {choice.isEffort && <Gauge size={14} className="shrink-0" aria-hidden="true" />}
          <span className={clsx("truncate", choice.isEffort && "max-sm:hidden")}>{shown}</span>
          <ChevronDown size={13} className="shrink-0 max-sm:hidden" aria-hidden="true" />
        </button>
      }
    >
      {choice.values.map((v) => (
        <MenuItem
          key={v.value}
          chosen={v.value === choice.current}
          hint={choice.isMode || choice.isEffort ? undefined : v.description}
          onSelect={() => onChoose(choice, v.value)}
        >
          {nameOf(v)}
        </MenuItem>
      ))}
    </Menu>
  );
}

const MODES = ["default", "acceptEdits", "plan", "bypassPermissions", "dontAsk"] as const;
const EFFORTS = ["auto", "low", "medium", "high", "xhigh", "max"] as const;

/** useValueName names a value in the person's language where the page knows it. */
function useValueName({ isMode, isEffort }: Choice) {
  const { t } = useTranslation();
  return ({ value, name }: Choice["values"][number]): string => {
    const mode = isMode && MODES.find((m) => m === value);
    if (mode) return t(`mode.${mode}`);
    const effort = isEffort && EFFORTS.find((e) => e === value);
    return effort ? t(`effort.${effort}`) : name;
  };
}
