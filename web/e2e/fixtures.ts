// What every test of a page also checks: no console error, no failed request,
// no accessibility violation of level AA.
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";

export const levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

interface Fixtures {
  /** faults collects what went wrong on the page; a test that expects some takes them out. */
  faults: string[];
}

function listen(page: Page, faults: string[]): void {
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
  page.on("requestfailed", (request) => {
    // A page that is left gives up what it still waited for.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") faults.push(`failed: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
}

export const test = base.extend<Fixtures>({
  baseURL: async ({}, provide) => provide(process.env.BELLWETHER_E2E_URL),
  faults: [
    async ({ page }, provide) => {
      const faults: string[] = [];
      listen(page, faults);
      await provide(faults);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
});

/** expectAccessible runs axe over the page as it stands: every rule of level AA, or some. */
export async function expectAccessible(page: Page, rules: string[] = []): Promise<void> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules.length ? axe.withRules(rules) : axe.withTags(levels)).analyze();
  const told = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join("; ")}`);
  expect(told).toEqual([]);
}

/** settled waits until the page has what it asked for. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator("main h1, main h2").first()).toBeVisible();
  await expect(page.locator("[aria-busy=true], .skeleton")).toHaveCount(0);
}

export { expect };
