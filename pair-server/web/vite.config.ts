// How the pages are built: one entry for every address, languages in chunks of their own that load when a room needs them.
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    target: "es2022",
    // Nothing inline: the pages' Content-Security-Policy allows neither inline scripts nor data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    // `npx vite` for work on the pages, with a server of pair beside it.
    proxy: { "/rooms": "http://127.0.0.1:8000", "/ws": { target: "ws://127.0.0.1:8000", ws: true } },
  },
});
