import { expect, expectAccessible, settled, test } from "./fixtures";
import { onePhone } from "./api";

const pages: [name: string, path: string][] = [
  ["home", "/"],
  ["phones", "/phones"],
  ["waiting", "/waiting"],
  ["adoption-rules", "/waiting?show=rules"],
  ["plug-in", "/plug-in"],
  ["accounts", "/accounts"],
  ["sip-servers", "/sip-servers"],
  ["templates", "/templates"],
  ["parameters", "/parameters"],
  ["tasks", "/tasks"],
  ["log", "/log"],
  ["alarms", "/alarms"],
  ["alarms-history", "/alarms?show=history"],
  ["firmware", "/firmware"],
  ["resources", "/resources"],
  ["lessons", "/lessons"],
  ["dhcp", "/dhcp"],
  ["trusted-cas", "/settings/trusted-cas"],
  ["sites", "/sites"],
  ["operators", "/settings/operators"],
  ["roles", "/settings/operators?show=roles"],
  ["tokens", "/settings/tokens"],
  ["sessions", "/settings/sessions"],
  ["redirection", "/settings/redirection"],
  ["audit", "/settings/audit"],
  ["system", "/settings/system"],
  ["not-found", "/no-such-page"],
];
const phonePages = ["overview", "way", "lines", "config", "commands", "managed", "requests", "revisions", "tasks"];

// The looks differ in nothing but their colours.
const rules = { light: [], dark: ["color-contrast"] };

for (const look of ["light", "dark"] as const) {
  test.describe(look, () => {
    test.use({ colorScheme: look });
    for (const [name, path] of pages) {
      test(`${name} is clean`, async ({ page }) => {
        await page.goto(path);
        await settled(page);
        await expectAccessible(page, rules[look]);
        await page.screenshot({ path: `../build/screenshots/${name}-${look}.png` });
      });
    }
    for (const tab of phonePages) {
      test(`phone ${tab} is clean`, async ({ page, request }) => {
        const { mac } = await onePhone(request);
        await page.goto(`/phones/${mac}/${tab}`);
        await settled(page);
        await expect(page.getByRole("tab", { selected: true })).toBeVisible();
        await expectAccessible(page, rules[look]);
        await page.screenshot({ path: `../build/screenshots/phone-${tab}-${look}.png` });
      });
    }
    test("a template is clean", async ({ page }) => {
      await page.goto("/templates");
      await page.locator("tbody tr a").first().click();
      await settled(page);
      await expectAccessible(page, rules[look]);
      await page.screenshot({ path: `../build/screenshots/template-${look}.png` });
    });
    test("sign-in is clean", async ({ browser, baseURL, faults }) => {
      const context = await browser.newContext({ storageState: { cookies: [], origins: [] }, colorScheme: look, locale: "en-US" });
      const page = await context.newPage();
      await page.goto(`${baseURL}/phones`);
      await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
      await expectAccessible(page, rules[look]);
      await page.screenshot({ path: `../build/screenshots/sign-in-${look}.png` });
      await context.close();
      expect(faults).toEqual([]);
    });
  });
}
