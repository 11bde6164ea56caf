import { useSyncExternalStore } from "react";

const query = "(min-width: 768px)";

/** useWide is true where the session list has room beside the conversation. */
export function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}
