import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** keepPlaceholder restores dist/.gitkeep, which lets the Go package embed the directory before the first build. */
function keepPlaceholder(): Plugin {
  return {
    name: "keep-placeholder",
    apply: "build",
    closeBundle() {
      writeFileSync(fileURLToPath(new URL("./dist/.gitkeep", import.meta.url)), "");
    },
  };
}

/** declareAddress writes the build's gateway address into the page, where the app reads it for its security policy. */
function declareAddress(): Plugin {
  const address = (process.env.VITE_WS_URL ?? "").replace(/["<>&]/g, encodeURIComponent);
  return {
    name: "declare-address",
    transformIndexHtml: (html) =>
      html.replace('name="agentchat-ws-url" content=""', `name="agentchat-ws-url" content="${address}"`),
  };
}

const gateway = process.env.DEV_APP ?? "http://127.0.0.1:5000";

export default defineConfig({
  plugins: [react(), tailwindcss(), keepPlaceholder(), declareAddress()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": gateway, "/ws": { target: gateway, ws: true } } },
});
