import clsx from "clsx";
import { ChevronRight, Files, TextSearch } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useToggle } from "@/lib/toggle";
import { viewOf } from "@/tools/registry";
import type { ToolItem } from "@/transcript/types";
import { ToolRow } from "./ToolRow";

/** ToolGroup folds calls of one family into a line such as "Read 5 files". */
export const ToolGroup = memo(function ToolGroup({ id, tools, cwd }: { id: string; tools: ToolItem[]; cwd: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useToggle(id, false);
  const [first] = tools;
  if (!first) return null;
  const reading = viewOf(first).family === "read";
  const Icon = reading ? Files : TextSearch;
  return (
    <div className="text-sm">
      <button
        type="button"
        className="flex w-full items-center gap-2 rounded-lg px-2 py-1 text-start hover:bg-hover"
        onClick={() => setOpen(!open)}
        aria-expanded={open}
      >
        <Icon size={15} className="shrink-0 text-soft" aria-hidden="true" />
        <span className="font-medium">
          {reading ? t("tool.group", { count: tools.length }) : t("tool.groupSearch", { count: tools.length })}
        </span>
        <span className="flex-1" />
        <span className="text-xs text-good">{t("tool.done")}</span>
        <ChevronRight
          size={14}
          className={clsx("text-soft transition-transform", open && "rotate-90")}
          aria-hidden="true"
        />
      </button>
      {open && (
        <div className="ms-4 border-s ps-2">
          {tools.map((tool) => (
            <ToolRow key={tool.id} tool={tool} cwd={cwd} turnRuns={false} waits={false} />
          ))}
        </div>
      )}
    </div>
  );
});
