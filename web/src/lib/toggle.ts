import { useState } from "react";

const remembered = new Map<string, boolean>();

/** useToggle is a state that outlives its component: rows of a virtual list come and go while one scrolls. */
export function useToggle(key: string, initial: boolean): [boolean, (value: boolean) => void] {
  const [value, setValue] = useState(() => remembered.get(key) ?? initial);
  const set = (next: boolean) => {
    remembered.set(key, next);
    setValue(next);
  };
  return [value, set];
}
