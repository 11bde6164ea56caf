import type { RunState, SessionUpdate } from "@/acp/types";

export interface Me {
  id: string;
  username: string;
  role: string;
  home: string;
  defaultCwd: string;
}

export interface Config {
  version: string;
  wsUrl?: string | null;
  demoModel: boolean;
  sandbox: { enabled: "true" | "false" | "unsafe"; network: string };
  signup?: string;
  /** What the provider of sign-ins is called; null if there is none. */
  sso?: string | null;
  /** For how many days what was deleted can be had back; 0 removes it at once. */
  deleteGraceDays?: number;
  /** True until the first account, the administrator's, exists. */
  setupRequired?: boolean;
}

export interface SessionRow {
  id: string;
  title: string;
  cwd: string;
  createdAt: string;
  updatedAt: string;
  messageCount: number;
  state: RunState;
  archived: boolean;
  pinned: boolean;
}

export interface SessionPage {
  sessions: SessionRow[];
  nextCursor?: string | null;
}

/** MessagePage is a part of a conversation, oldest first; the cursors ask for the parts before and after it. */
export interface MessagePage {
  items: SessionUpdate[];
  nextBefore: string | null;
  nextAfter: string | null;
  skipped: number;
}

/** Found is a place in a session that a search found. */
export interface Found {
  sessionId: string;
  title: string;
  kind: "prompt" | "answer" | "thinking" | "call" | "result";
  cursor: string;
  timestamp: string;
  excerpt: { text: string; match: boolean }[];
}

/** Finding is a damaged line of a transcript. */
export interface Finding {
  damage: "torn" | "unended" | "zeros" | "glued" | "unreadable" | "too_long";
  line: number;
  size: number;
  records: number;
  lost: number;
}

/** Patient is a session with a damaged transcript. */
export interface Patient {
  sessionId: string;
  username: string;
  file: string;
  diagnosis: { size: number; lines: number; records: number; damaged: number; findings: Finding[]; aside: string[] };
}

export interface Repaired {
  changed: number;
  records: number;
  lost: number;
  copy: string;
}

export interface Project {
  name: string;
  path: string;
}

export interface Token {
  id: string;
  name: string;
  createdAt: string;
  lastUsedAt?: string | null;
}

export interface NewToken {
  id: string;
  token: string;
}

export interface Ticket {
  ticket: string;
  wsUrl?: string;
  expiresAt: string;
}
