import { request as http } from "@playwright/test";
import { address, onePhone } from "./api";
import { expect, expectAccessible, test } from "./fixtures";

test("the log explains a refused request", async ({ page, request }) => {
  const { mac } = await onePhone(request);
  const { url, names } = await address(request, mac);
  const foreign = url.replace(/\/p\/[^/]+/, "/p/0000000000000000000000000000000f");
  const curl = await http.newContext({ ignoreHTTPSErrors: true });
  const answer = await curl.get(`${foreign.replace(/\/$/, "")}/${names[0] ?? "cfg.xml"}`);
  expect(answer.ok()).toBe(false);
  await curl.dispose();

  await page.goto("/log?verdict=refused");
  const row = page.locator("tbody tr", { has: page.locator("[data-state=refused]") }).first();
  await expect(row).toBeVisible();
  await row.getByRole("button", { name: "Details" }).click();
  await expect(page.getByText(/Nothing was given\./)).toBeVisible();
  await expect(page.getByText("unknown_token").first()).toBeVisible();
  await expect(page.getByText("What to do:").first()).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/log-refused-light.png" });
});

test("the log follows by itself and can be paused", async ({ page }) => {
  await page.goto("/log");
  await expect(page.locator("tbody [data-state]").first()).toBeVisible({ timeout: 45_000 });
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: "Follow" })).toBeVisible();
});
