/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** The gateway's address as it was known when the page was built. */
  readonly VITE_WS_URL?: string;
}
