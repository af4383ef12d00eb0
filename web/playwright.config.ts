// The browser tests run against the real program, started by e2e/program.ts.
import { defineConfig } from "@playwright/test";

const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  fullyParallel: false,
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  globalSetup: "./e2e/program.ts",
  reporter: [["list"], ["json", { outputFile: "../build/test-web.json" }]],
  use: {
    viewport: { width: 1280, height: 720 },
    locale: "en-US",
    timezoneId: "Europe/Madrid",
    trace: "retain-on-failure",
    launchOptions: { executablePath: chromium, args },
  },
  projects: [
    { name: "sign-in", testMatch: "signin.setup.ts" },
    {
      name: "console",
      testMatch: "*.spec.ts",
      dependencies: ["sign-in"],
      use: { storageState: "test-results/session.json" },
    },
  ],
});
