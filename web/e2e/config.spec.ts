import { expect, expectAccessible, settled, test } from "./fixtures";
import { onePhone, phone } from "./api";

const speedDial = "pks.mpk.1.value";

test("every value says why it is so", async ({ page, request }) => {
  const { mac } = await onePhone(request);
  await page.goto(`/phones/${mac}/config`);
  await settled(page);
  const row = page.locator(".config-row").filter({ has: page.locator(".chip.layer-model") }).first();
  await row.getByRole("button", { name: /^Why this value/ }).click();
  await expect(row.getByRole("heading", { name: "Why this value" })).toBeVisible();
  await expect(row.locator(".in-force")).toContainText("version");
  await expect(row.getByText("not reported yet")).toBeVisible();
  await expectAccessible(page);
});

test("a changed speed dial is planned, pushed and delivered", async ({ page, request }) => {
  const { mac } = await onePhone(request);
  const before = await phone(request, mac);
  const value = `80${Date.now() % 100}`;
  await page.goto(`/phones/${mac}/config?show=all&q=${speedDial}`);
  const row = page.locator(`[data-key="${speedDial}"]`);
  await row.locator(".config-value").click();
  await row.getByRole("textbox").fill(value);
  await row.getByRole("button", { name: "Keep in draft" }).click();

  await expect(page.locator("[data-draft='1']")).toBeVisible();
  expect((await phone(request, mac)).desired_revision).toBe(before.desired_revision);

  await page.getByRole("button", { name: "Review plan" }).click();
  const plan = page.getByRole("dialog");
  await expect(plan.getByText(speedDial)).toBeVisible();
  await expect(plan.getByText(value)).toBeVisible();
  await plan.getByRole("button", { name: "Show the file of" }).click();
  await expect(plan.locator(".plan-diff .after", { hasText: `<item name="${speedDial}">${value}</item>` })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/plan-light.png" });
  await plan.getByRole("button", { name: "Push to 1 phone" }).click();

  await expect(plan.locator("[data-delivered=true]")).toBeVisible({ timeout: 45_000 });
  await expect(plan.getByText("Not confirmed")).toBeVisible();
  await page.screenshot({ path: "../build/screenshots/push-light.png" });
  await expectAccessible(page);
  await plan.getByRole("link", { name: "Open the task" }).click();
  await expect(page.locator("tbody [data-delivered=true]")).toBeVisible();

  const after = await phone(request, mac);
  expect(after.delivered_revision).toBe(after.desired_revision);
  expect(after.desired_revision).not.toBe(before.desired_revision);
  await page.goto(`/phones/${mac}/config?q=${speedDial}`);
  await expect(row.locator(".config-value")).toHaveText(value);
  await expect(page.locator("[data-draft]")).toHaveCount(0);
});

test("taking an override away says what stays on the phone", async ({ page, request }) => {
  const { mac } = await onePhone(request, 1);
  const key = "pks.mpk.2.value";
  await page.goto(`/phones/${mac}/config?show=all&q=${key}`);
  await settled(page);
  const row = page.locator(`[data-key="${key}"]`);
  if ((await row.count()) === 0) {
    await page.getByRole("button", { name: "Set a parameter…" }).click();
    await page.getByRole("textbox", { name: "Find a parameter by name or key" }).fill(key);
    await page.getByRole("dialog").getByRole("button", { name: key }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("8200");
    await page.getByRole("dialog").getByRole("button", { name: "Keep in draft" }).click();
  } else {
    await row.locator(".config-value").click();
    await row.getByRole("textbox").fill("8200");
    await row.getByRole("button", { name: "Keep in draft" }).click();
  }
  await page.getByRole("button", { name: "Review plan" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Push to 1 phone" }).click();
  await expect(page.getByRole("dialog").locator("[data-delivered=true]")).toBeVisible({ timeout: 45_000 });
  await page.getByRole("button", { name: "Close" }).last().click();

  await row.locator(".config-value").click();
  await row.getByRole("button", { name: "Remove override" }).click();
  await expect(row.getByText("override removed")).toBeVisible();
  await page.getByRole("button", { name: "Review plan" }).click();
  await expect(page.getByRole("dialog").getByText(/^(reset|residue)$/)).toBeVisible();
});

test("the provisioning address is shown only when asked for", async ({ page, request }) => {
  const { mac } = await onePhone(request);
  await page.goto(`/phones/${mac}`);
  await settled(page);
  await expect(page.locator(".url")).toHaveCount(0);
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.locator(".url")).toContainText("/p/");
  await page.goto("/settings/audit");
  await expect(page.getByRole("cell", { name: /reveal|provisioning/ }).first()).toBeVisible();
});
