import tailwind from "@tailwindcss/vite";
import { defineConfig } from "vite";

import { notices } from "./notices.mjs";

export default defineConfig({
  // Relative, so that the same files work under any STATIC_URL.
  base: "./",
  plugins: [tailwind(), notices()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    target: ["chrome111", "firefox128", "safari16.4"],
    // A data: URL would need a hole in the Content-Security-Policy.
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rollupOptions: { input: ["src/main.js", "src/main.css"] },
  },
});
