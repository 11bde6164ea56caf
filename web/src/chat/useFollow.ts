import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

const NEAR = 60;

/**
 * useFollow keeps a scroller at its end while its content grows, as long as the person has not scrolled up. `jump`
 * goes back to the end. It does nothing while what is shown is not the newest.
 */
export function useFollow(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  atNewest: boolean,
) {
  const following = useRef(true);
  const held = useRef(false);
  held.current = !atNewest;
  const [away, setAway] = useState(false);

  const pin = useCallback(() => {
    const element = scroller.current;
    if (element && following.current && !held.current) element.scrollTop = element.scrollHeight;
  }, [scroller]);

  const jump = useCallback(() => {
    following.current = true;
    setAway(false);
    pin();
    requestAnimationFrame(pin); // Rows that come into view are measured first.
  }, [pin]);

  useLayoutEffect(() => {
    const [outer, inner] = [scroller.current, content.current];
    if (!outer || !inner) return;
    let [top, height] = [outer.scrollTop, outer.scrollHeight];
    const onScroll = () => {
      const atEnd = outer.scrollHeight - outer.scrollTop - outer.clientHeight < NEAR;
      // A shrinking content moves the position too; only a move up in an unchanged content is the person's.
      const movedUp = outer.scrollTop < top - 2 && outer.scrollHeight >= height;
      if (atEnd) following.current = true;
      else if (movedUp) following.current = false;
      [top, height] = [outer.scrollTop, outer.scrollHeight];
      setAway(!following.current);
    };
    const sizes = new ResizeObserver(pin);
    sizes.observe(inner);
    sizes.observe(outer);
    outer.addEventListener("scroll", onScroll, { passive: true });
    pin();
    return () => {
      sizes.disconnect();
      outer.removeEventListener("scroll", onScroll);
    };
  }, [scroller, content, pin]);

  return { away, jump };
}
