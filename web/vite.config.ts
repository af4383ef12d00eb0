import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The API the development server passes calls on to.
const api = process.env.BELLWETHER_API ?? "http://127.0.0.1:9080";

export default defineConfig({
  plugins: [react()],
  server: { host: "127.0.0.1", port: 5173, proxy: { "/api": { target: api, changeOrigin: false } } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
