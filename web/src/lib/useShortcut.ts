import { useEffect, useRef } from "react";
import { isComposing } from "./keys";

/** useShortcut calls the handler for key presses anywhere in the page, but never while an input method composes. */
export function useShortcut(handler: (event: KeyboardEvent) => void) {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!isComposing(event) && !event.defaultPrevented) latest.current(event);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
