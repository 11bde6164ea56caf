import { useState } from "react";
import { type Attachment, readImage } from "./images";

export interface Attachments {
  list: readonly Attachment[];
  failed: boolean;
  add(files: File[]): Promise<void>;
  remove(id: string): void;
  clear(): void;
}

/** useAttachments holds the images of a message that is being written. */
export function useAttachments(): Attachments {
  const [list, setList] = useState<readonly Attachment[]>([]);
  const [failed, setFailed] = useState(false);
  return {
    list,
    failed,
    async add(files) {
      const read = await Promise.allSettled(files.map(readImage));
      setFailed(read.some((r) => r.status === "rejected"));
      setList((before) => [...before, ...read.flatMap((r) => (r.status === "fulfilled" ? [r.value] : []))]);
    },
    remove: (id) => setList((before) => before.filter((a) => a.id !== id)),
    clear: () => setList([]),
  };
}
