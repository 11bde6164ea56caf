import { useState, useSyncExternalStore } from "react";
import type { ContentBlock } from "@/acp/types";
import { type Attachment, readImage } from "./images";

export interface Attachments {
  list: readonly Attachment[];
  failed: boolean;
  add(files: File[]): Promise<void>;
  remove(id: string): void;
  clear(): void;
}

const NONE: readonly Attachment[] = [];
const kept = new Map<string, readonly Attachment[]>();
const listeners = new Set<() => void>();

function change(key: string, list: readonly Attachment[]) {
  if (list.length > 0) kept.set(key, list);
  else kept.delete(key);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function attachmentsOf(key: string): readonly Attachment[] {
  return kept.get(key) ?? NONE;
}

/** addAttachments puts the images of a message into a composer from outside. */
export function addAttachments(key: string, blocks: readonly ContentBlock[]) {
  const images = blocks.flatMap((block) => (block.type === "image" ? [{ id: crypto.randomUUID(), block }] : []));
  change(key, [...attachmentsOf(key), ...images]);
}

/** forgetAttachments drops the images of all messages that were not sent: whoever signs in next is another person. */
export function forgetAttachments() {
  for (const key of [...kept.keys()]) change(key, NONE);
}

/** useAttachments holds the images of a message that is being written, for each session until it is sent or the page is left. */
export function useAttachments(key: string): Attachments {
  const list = useSyncExternalStore(subscribe, () => attachmentsOf(key));
  const [failed, setFailed] = useState(false);
  return {
    list,
    failed,
    async add(files) {
      const read = await Promise.allSettled(files.map(readImage));
      setFailed(read.some((r) => r.status === "rejected"));
      change(key, [...attachmentsOf(key), ...read.flatMap((r) => (r.status === "fulfilled" ? [r.value] : []))]);
    },
    remove: (id) =>
      change(
        key,
        attachmentsOf(key).filter((a) => a.id !== id),
      ),
    clear: () => change(key, NONE),
  };
}
