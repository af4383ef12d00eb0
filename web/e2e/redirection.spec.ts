import type { Page } from "@playwright/test";
import { expect, expectAccessible, settled, test } from "./fixtures";
import { address, onePhone } from "./api";

const name = `Server ${Date.now() % 10_000}`;
const row = (page: Page) => page.getByRole("row").filter({ hasText: name });
test.setTimeout(120_000);

async function choose(page: Page, action: string): Promise<void> {
  await row(page).getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
}

test.describe.serial("redirection", () => {
  test("a profile is made, with its columns", async ({ page, request, faults }) => {
    const { mac } = await onePhone(request, 4);
    const { host } = new URL((await address(request, mac)).url);
    await page.goto("/settings/redirection");
    await settled(page);
    await page.getByRole("button", { name: "Add redirection profile" }).first().click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Server name").fill(name);
    await form.getByLabel("Config server path").fill(`http://${host}`);
    await form.getByLabel("User name").fill("gs");
    await form.getByLabel("Password", { exact: true }).fill("a secret of phones");
    await form.getByLabel("Always authenticate before challenge").check();
    await form.getByLabel("Config file prefix").fill("gs_");
    await form.getByRole("button", { name: "Save" }).click();
    await expect(form.locator(".ant-form-item-explain-error")).toContainText("write the path without a scheme");
    expect(faults.splice(0).every((fault) => fault.includes("422"))).toBe(true);
    await expectAccessible(page);
    await page.screenshot({ path: "../build/screenshots/redirection-form-light.png" });
    await form.getByLabel("Config server path").fill(host);
    await form.getByRole("button", { name: "Save" }).click();
    await expect(form).toBeHidden();
    for (const title of ["Server name", "Upgrade via", "Config server path", "Organizations", "Updated"]) {
      await expect(page.getByRole("columnheader", { name: title })).toBeVisible();
    }
    await expect(row(page)).toContainText("HTTPS");
    await expect(row(page)).toContainText(host);
    await page.screenshot({ path: "../build/screenshots/redirection-list-light.png" });
    await expectAccessible(page);
  });

  test("it is assigned to a phone, planned and pushed", async ({ page, request }) => {
    const { mac } = await onePhone(request, 4);
    await page.goto("/settings/redirection");
    await settled(page);
    await choose(page, "Assign to phones…");
    const form = page.getByRole("dialog");
    await form.getByRole("combobox").first().fill(mac);
    await page.locator(".ant-select-item-option").filter({ hasText: mac }).click();
    await form.getByText("A phone’s own profile").click();
    await page.screenshot({ path: "../build/screenshots/redirection-phones-light.png" });
    await form.getByRole("button", { name: "Continue to the plan" }).click();
    const plan = page.getByRole("dialog").filter({ hasText: `Plan: ${name}` });
    await expect(plan.getByText("Config file prefix")).toBeVisible();
    await expect(plan.getByText("will not come back to us")).toHaveCount(0);
    await expectAccessible(page);
    await page.screenshot({ path: "../build/screenshots/redirection-plan-light.png" });
    await plan.getByRole("button", { name: "Push to 1 phone" }).click();
    await expect(plan.getByRole("link", { name: "Open the task" })).toBeVisible();
    await plan.getByRole("link", { name: "Open the task" }).click();
    await expect(page.locator("tbody [data-delivered=true]")).toBeVisible({ timeout: 45_000 });
    await page.goto(`/phones/${mac}/config?q=provisioning.config.fileprefix`);
    const value = page.locator('[data-key="provisioning.config.fileprefix"]');
    await expect(value).toContainText("gs_");
    await expect(value).toContainText("Redirection");
  });

  test("it is assigned to the organization, which is counted", async ({ page }) => {
    await page.goto("/settings/redirection");
    await settled(page);
    await choose(page, "Assign to organizations…");
    const form = page.getByRole("dialog");
    await form.getByRole("combobox").click();
    await page.locator(".ant-select-item-option").filter({ hasText: "Demo" }).click();
    await form.getByText("An organization has one profile").click();
    await form.getByRole("button", { name: "Save" }).click();
    const plan = page.getByRole("dialog").filter({ hasText: `Plan: ${name}` });
    await expect(plan.getByRole("button", { name: /^Push to \d+ phones/ })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(row(page).getByRole("cell", { name: "1", exact: true })).toBeVisible();
  });

  test("an edit delivers itself, and waits where phones would leave", async ({ page }) => {
    await page.goto("/settings/redirection");
    await settled(page);
    await choose(page, "Edit");
    const form = page.getByRole("dialog");
    await form.getByLabel("Config file prefix").fill("hh_");
    await form.getByRole("button", { name: "Save" }).click();
    const plan = page.getByRole("dialog").filter({ hasText: `Plan: ${name}` });
    await expect(plan.getByRole("link", { name: "Open the task" })).toBeVisible();
    await page.keyboard.press("Escape");
    await choose(page, "Edit");
    await form.getByLabel("Config server path").fill("away.example.org/gs");
    await form.getByRole("button", { name: "Save" }).click();
    await expect(plan.getByText("will not come back to us.")).toBeVisible();
    await expect(plan.getByText("Not pushed yet:")).toBeVisible();
    await expectAccessible(page);
    await page.screenshot({ path: "../build/screenshots/redirection-held-light.png" });
  });

  test("the phones' bulk bar sends phones by a profile", async ({ page }) => {
    await page.goto("/phones");
    await settled(page);
    await page.locator("tbody tr").first().getByRole("checkbox").check();
    await page.getByRole("button", { name: "Redirection", exact: true }).click();
    const form = page.getByRole("dialog");
    await form.getByRole("combobox").fill(name);
    await page.locator(".ant-select-item-option").filter({ hasText: name }).click();
    await form.getByRole("button", { name: "Continue to the plan" }).click();
    await expect(page.getByRole("dialog").getByText("away.example.org/gs")).toBeVisible();
    await expectAccessible(page);
  });

  test("deleting says what is not lost", async ({ page }) => {
    await page.goto("/settings/redirection");
    await settled(page);
    await choose(page, "Delete…");
    const ask = page.getByRole("dialog");
    await expect(ask.getByText("The phones keep what they were told")).toBeVisible();
    await page.screenshot({ path: "../build/screenshots/redirection-delete-light.png" });
    await ask.getByRole("button", { name: "Delete" }).click();
    await expect(row(page)).toHaveCount(0);
  });
});
