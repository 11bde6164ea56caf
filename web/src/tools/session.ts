import { createContext, useContext } from "react";

/** ToolSession is the session whose tool calls are shown. */
interface ToolSession {
  id: string;
  /** The items of tool calls that wait for the person, those of subagents too. */
  waiting: ReadonlySet<string>;
}

export const ToolSessionContext = createContext<ToolSession | undefined>(undefined);

/** useToolSession is undefined where a call is shown outside of its session. */
export function useToolSession(): ToolSession | undefined {
  return useContext(ToolSessionContext);
}
