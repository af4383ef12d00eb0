import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";

test("the printed link signs in once", async ({ page, browser }) => {
  const link = readFileSync("test-results/link.txt", "utf8").trim();
  await page.goto(link);
  await page.getByRole("button", { name: /^Continue as/ }).click();
  await expect(page.getByRole("heading", { name: "All phones" })).toBeVisible();
  await page.context().storageState({ path: "test-results/session.json" });

  const stranger = await browser.newPage();
  await stranger.goto(link);
  await expect(stranger.getByRole("heading", { name: "This link does not work any more" })).toBeVisible();
  await stranger.close();
});
