import clsx from "clsx";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Command } from "@/transcript/types";
import { optionId, type SlashMenuState } from "./useSlashMenu";

/** SlashMenu lists the commands above the field in which one is being typed. */
export function SlashMenu({ menu }: { menu: SlashMenuState }) {
  const { t } = useTranslation();
  const words = useCommandWords();
  const { list, active, listId } = menu;
  const box = useRef<HTMLDivElement>(null);
  const open = list.length > 0;
  useEffect(() => {
    if (open) box.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [open, active]);
  return (
    <>
      {open && (
        <div
          ref={box}
          id={listId}
          role="listbox"
          tabIndex={0}
          aria-label={t("composer.commands")}
          data-testid="slash-menu"
          className="absolute inset-x-0 bottom-full z-20 mb-2 max-h-[40dvh] overflow-y-auto rounded-xl border bg-raised p-1 text-sm shadow-xl"
        >
          {list.map((command, index) => {
            const { description, hint } = words(command);
            return (
              // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active option.
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the field.
              <div
                key={command.name}
                id={optionId(listId, index)}
                role="option"
                aria-selected={index === active}
                className={clsx("cursor-pointer rounded-lg px-3 py-1.5", index === active && "bg-hover")}
                onMouseMove={() => menu.point(index)}
                onMouseDown={(event) => event.preventDefault()} // The field keeps the focus.
                onClick={() => menu.choose(command)}
              >
                <p className="break-words">
                  <span className="font-mono text-[0.8125rem] font-medium">/{command.name}</span>
                  {hint && <span className="ms-2 text-soft">[{hint}]</span>}
                </p>
                <p className="line-clamp-2 text-xs break-words text-soft">{description}</p>
              </div>
            );
          })}
        </div>
      )}
      <p role="status" className="sr-only">
        {open && t("composer.commandsFound", { count: list.length })}
      </p>
    </>
  );
}

/** CommandHint says what may stand behind the command that was typed. */
export function CommandHint({ command }: { command: Command | undefined }) {
  const words = useCommandWords();
  const hint = command && words(command).hint;
  return hint ? <p className="px-4 pb-1 text-xs text-soft">{`/${command.name} [${hint}]`}</p> : null;
}

const BUILT_IN = ["compact", "clear", "context", "cost", "trust", "mcp", "tasks", "memory", "init", "review"] as const;
const WITH_HINT = ["compact", "tasks", "review"] as const;

/** useCommandWords says in the person's language what the commands do that every session has. */
function useCommandWords() {
  const { t } = useTranslation();
  return ({ name, description, hint }: Command): Pick<Command, "description" | "hint"> => {
    const known = BUILT_IN.find((n) => n === name);
    const hinted = WITH_HINT.find((n) => n === name);
    return {
      description: known ? t(`command.${known}`) : description,
      hint: hinted ? t(`command.hint.${hinted}`) : hint,
    };
  };
}
