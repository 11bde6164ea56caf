import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import clsx from "clsx";
import { type KeyboardEvent, useDeferredValue, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { foundQuery, sessionsQuery } from "@/api/queries";
import type { Found } from "@/api/types";
import { isComposing } from "@/lib/keys";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { inputClass } from "@/ui/Field";
import { Excerpt } from "./Excerpt";

interface PaletteProps {
  open: boolean;
  onOpenChange(open: boolean): void;
  onSettings(): void;
}

interface Entry {
  id: string;
  label: string;
  /** What was found in the session, in place of the label alone. */
  found?: Found;
  run(): void;
}

/** Palette jumps to a session or an action by typing. */
export function Palette({ open, onOpenChange, onSettings }: PaletteProps) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("palette.title")} wide>
      <Search onDone={() => onOpenChange(false)} onSettings={onSettings} />
    </Dialog>
  );
}

function Search({ onDone, onSettings }: { onDone(): void; onSettings(): void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const { entries, more } = useEntries(useDeferredValue(text.trim()), onSettings);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text is another list.
  useEffect(() => setChosen(0), [text]);
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    onDone();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setChosen((c) => (c + step + entries.length) % Math.max(1, entries.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(entries[chosen]);
    }
  };
  return (
    <div className="space-y-2">
      <input
        // biome-ignore lint/a11y/noAutofocus: the palette is opened to type.
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries[chosen] && `palette-${chosen}`}
        aria-label={t("palette.placeholder")}
        placeholder={t("palette.placeholder")}
        className={inputClass}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" role="listbox" aria-label={t("palette.title")} className="max-h-[50dvh] overflow-y-auto">
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the field, which names the active option.
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the field.
          <div
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={clsx("cursor-pointer rounded-lg px-3 py-2 text-sm", index === chosen && "bg-hover")}
            onMouseMove={() => setChosen(index)}
            onClick={() => choose(entry)}
          >
            <p className="truncate">{entry.label}</p>
            {entry.found && <Excerpt found={entry.found} />}
          </div>
        ))}
      </div>
      {more && (
        <Button look="plain" className="w-full" onClick={more}>
          {t("common.more")}
        </Button>
      )}
      {entries.length === 0 && <p className="px-3 py-2 text-sm text-soft">{t("palette.none")}</p>}
    </div>
  );
}

function useEntries(text: string, onSettings: () => void): { entries: Entry[]; more: (() => void) | undefined } {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data } = useInfiniteQuery(sessionsQuery(text));
  const said = useInfiniteQuery(foundQuery(text));
  const sessions = (data?.pages.flatMap((p) => p.sessions) ?? []).map(
    (row): Entry => ({
      id: row.id,
      label: row.title || t("sidebar.untitled"),
      run: () => void navigate({ to: "/s/$sessionId", params: { sessionId: row.id }, search: {} }),
    }),
  );
  const places = (said.data?.pages.flatMap((p) => p.items) ?? []).map(
    (found): Entry => ({
      id: `${found.sessionId}:${found.cursor}`,
      label: found.title || t("sidebar.untitled"),
      found,
      run: () =>
        void navigate({ to: "/s/$sessionId", params: { sessionId: found.sessionId }, search: { at: found.cursor } }),
    }),
  );
  const actions: Entry[] = [
    { id: "new", label: t("palette.new"), run: () => void navigate({ to: "/" }) },
    { id: "settings", label: t("palette.settings"), run: onSettings },
    { id: "usage", label: t("usage.title"), run: () => void navigate({ to: "/usage", search: {} }) },
  ];
  const lower = text.toLowerCase();
  return {
    entries: [...actions.filter((a) => a.label.toLowerCase().includes(lower)), ...sessions, ...places],
    more: text !== "" && said.hasNextPage ? () => void said.fetchNextPage() : undefined,
  };
}
