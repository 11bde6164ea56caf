import type { ContentBlock } from "@/acp/types";

export interface Attachment {
  id: string;
  block: Extract<ContentBlock, { type: "image" }>;
}

/** The model sees no more than this; larger images only cost. */
const LONGEST_SIDE = 1568;
const QUALITY = 0.88;

/** imageFiles picks the images out of what was pasted, dropped or chosen. */
export function imageFiles(files: Iterable<File> | null | undefined): File[] {
  return [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
}

/** readImage scales an image down and turns it into a block of a prompt. Throws for what is no image. */
export async function readImage(file: File): Promise<Attachment> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const mimeType = file.type === "image/jpeg" ? "image/jpeg" : "image/png";
  const [, data = ""] = canvas.toDataURL(mimeType, QUALITY).split(",");
  return { id: crypto.randomUUID(), block: { type: "image", mimeType, data } };
}
