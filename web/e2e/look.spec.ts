import { expect, expectAccessible, settled, test } from "./fixtures";

test("Spanish is complete", async ({ page }) => {
  await page.goto("/phones");
  await page.getByRole("button", { name: "Language" }).click();
  await page.getByRole("menuitem", { name: "Español" }).click();
  await expect(page.getByRole("heading", { name: "Todos los teléfonos" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "es");
  await expect(page.locator(".list-pager")).toContainText("Total 6");
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/phones-es-light.png" });
  await page.reload();
  await expect(page.getByRole("heading", { name: "Todos los teléfonos" })).toBeVisible();
});

test("dark is chosen and kept", async ({ page }) => {
  await page.goto("/phones");
  await page.getByRole("button", { name: "Light or dark" }).click();
  await page.getByRole("menuitem", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

for (const look of ["light", "dark"] as const) {
  test(`menus are clean in ${look}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: look });
    await page.goto("/phones?reach=online");
    await settled(page);
    await page.getByRole("button", { name: "Light or dark" }).click();
    await expect(page.getByRole("menuitem", { name: "Like the system" })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.getByRole("combobox", { name: "State" }).click();
    await expect(page.locator(".ant-select-item-option-selected")).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Columns" }).click();
    await expect(page.getByRole("checkbox", { name: "Serial number" })).toBeVisible();
    await expectAccessible(page);
  });
}

test("the keyboard is enough", async ({ page }) => {
  await page.goto("/");
  await settled(page);
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await expect(page).toHaveURL(/\/phones/);
  await expect(page.locator("tbody tr[tabindex]")).toHaveCount(6);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await expect(page.locator("tbody tr").nth(1)).toBeFocused();
  await page.keyboard.press("k");
  await expect(page.locator("tbody tr").nth(0)).toBeFocused();
  await page.keyboard.press("x");
  await expect(page.getByText("1 selected")).toBeVisible();
  await page.keyboard.press(".");
  await expect(page.getByRole("menuitem", { name: "Open phone" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.locator("tbody tr").nth(0).focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/phones\/[0-9a-f]{12}/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toContainText("Keyboard");
  await expectAccessible(page);
});

test("the first tab stop skips to the page", async ({ page }) => {
  await page.goto("/phones");
  await settled(page);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the page" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
});

test("signing out ends at the sign-in page and comes back", async ({ browser, baseURL, faults }) => {
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] }, locale: "en-US" });
  const page = await context.newPage();
  await page.goto(`${baseURL}/log?verdict=refused`);
  await expect(page).toHaveURL(/\/sign-in\?next=%2Flog%3Fverdict%3Drefused/);
  await page.getByLabel("Login").fill("nobody");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Login or password is wrong.");
  await context.close();
  expect(faults).toEqual([]);
});
