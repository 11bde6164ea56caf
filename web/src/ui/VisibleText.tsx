import { memo } from "react";
import { visibleParts } from "@/lib/visible";

/** VisibleText shows a text in which nothing can hide: unseen characters appear by name. */
export const VisibleText = memo(function VisibleText({ text }: { text: string }) {
  return (
    <bdi className="[unicode-bidi:plaintext]">
      {visibleParts(text).map((part, index) =>
        part.hidden ? (
          <mark key={String(index)} className="rounded bg-warn-wash px-0.5 text-warn" data-hidden-character>
            {part.text}
          </mark>
        ) : (
          part.text
        ),
      )}
    </bdi>
  );
});
