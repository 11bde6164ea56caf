import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";
import type { ToolItem } from "@/transcript/types";

export interface ToolProps {
  tool: ToolItem;
  cwd: string;
}

/** ToolView is how one kind of tool call is shown. */
export interface ToolView {
  icon: LucideIcon;
  /** The line: what it does, and to what. */
  Line: ComponentType<ToolProps>;
  /** The details; absent when the line says everything. */
  Body?: ComponentType<ToolProps>;
  /** What is shown below the line while the call runs and the details are folded. */
  Live?: ComponentType<ToolProps>;
  /** What a permission card shows: the whole of what would be done. */
  Ask: ComponentType<ToolProps>;
  /** The question above it: a key of the `permission` texts. */
  question: "bash" | "edit" | "write" | "fetch" | "webSearch" | "title";
  /** Neighbours of the same family fold into one line. */
  family?: "read" | "search";
}
