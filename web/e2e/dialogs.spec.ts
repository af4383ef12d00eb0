import { expect, expectAccessible, settled, test } from "./fixtures";

const dialogs: [path: string, button: string][] = [
  ["/phones", "Add phone"],
  ["/accounts", "Add account"],
  ["/sip-servers", "Add SIP server"],
  ["/templates", "Add template"],
  ["/sites", "Add site"],
  ["/settings/operators", "Add operator"],
  ["/settings/tokens", "Add token"],
];

for (const [path, button] of dialogs) {
  test(`“${button}” is clean and says what is needed`, async ({ page }) => {
    await page.goto(path);
    await settled(page);
    await page.getByRole("button", { name: button }).first().click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: /^(Add|Save|Create)/ }).click();
    await expect(dialog.getByText("This is needed.").first()).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
  });
}

test("a phone is added, found and deleted", async ({ page }) => {
  await page.goto("/phones");
  await settled(page);
  await page.getByRole("button", { name: "Add phone" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("MAC").fill("00-0B-82-00-53-01");
  await dialog.getByLabel("Model").click();
  await page.locator(".ant-select-item-option", { hasText: /^GHP621W$/ }).click();
  await dialog.getByLabel("Name").fill("Added by hand");
  await dialog.getByRole("button", { name: "Add phone" }).click();
  await expect(page.getByRole("cell", { name: "Added by hand" })).toBeVisible();

  const row = page.getByRole("row", { name: /Added by hand/ });
  await row.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await expect(page.getByRole("dialog")).toContainText("Lost with a phone");
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("cell", { name: "Added by hand" })).toHaveCount(0);
});

test("a token is shown once", async ({ page }) => {
  await page.goto("/settings/tokens");
  await settled(page);
  await page.getByRole("button", { name: "Add token" }).first().click();
  await page.getByRole("dialog").getByLabel("Name").fill("browser test");
  await page.getByRole("dialog").getByRole("button", { name: "Create token" }).click();
  await expect(page.getByRole("dialog")).toContainText("it is not shown again");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("row", { name: /browser test/ }).getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Revoke…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("row", { name: /browser test/ })).toHaveCount(0);
});
