import { expect, expectAccessible, settled, test } from "./fixtures";
import { fresh, knocker, phone, remove } from "./api";

test("a phone that is plugged in shows within a second, is approved and gets its configuration", async ({ page, request }) => {
  const mac = fresh();
  const { knock, sent } = await knocker(request, mac);
  await page.goto("/plug-in");
  await settled(page);
  await expect(page.locator("[data-live=live]")).toBeVisible();
  const bootstrap = sent(await knock());
  const card = page.locator(`.stranger[data-mac="${mac}"]`);
  await expect(card).toBeVisible({ timeout: 1_000 });
  await expect(card).toContainText("GHP621W");
  await expect(card).toContainText("127.0.0.1");
  await expect(card).toContainText("no record has its MAC");
  await expect(card).toContainText("Hotel Bellwether");
  await expect(card).toContainText("It will get the template “GHP621W hotel standard” by itself.");
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/plug-in-stranger-light.png" });

  await card.getByRole("button", { name: "Approve", exact: true }).click();
  const way = page.locator(`.approved-phone[data-mac="${mac}"]`);
  await expect(way.locator("[data-done=true]", { hasText: "Approved" })).toBeVisible();
  await expect(way.locator("[data-done=false]", { hasText: "Configuration taken" })).toBeVisible();
  await expect(card).toHaveCount(0);
  const own = sent(await knock(bootstrap));
  expect(own).toContain("/p/");
  await knock(own);
  await expect(way.locator("[data-done=true]", { hasText: "Proven" })).toBeVisible();
  await expect(way.locator("[data-done=true]", { hasText: "Configuration taken" })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/plug-in-delivered-light.png" });
  expect((await phone(request, mac)).config_state).toMatch(/delivered|confirmed/);
  await way.getByRole("link").first().click();
  await expect(page).toHaveURL(new RegExp(`/phones/${mac}`));
  await remove(request, mac);
});

test("the way is shown by DHCP and by hand, to copy", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/plug-in");
  await settled(page);
  const guide = page.locator(".set-up");
  for (const [server, word] of [["dnsmasq", "dhcp-option-force"], ["Kea", "option-data"], ["MikroTik", "/ip dhcp-server"]] as const) {
    await guide.getByRole("combobox", { name: "DHCP server" }).click();
    await page.locator(".ant-select-item-option", { hasText: server }).click();
    await expect(guide.locator("pre")).toContainText(word);
    const beyond = await guide.locator("pre").evaluate((lines) => lines.scrollWidth - lines.clientWidth);
    expect(beyond, `the lines of ${server} are cut at the side`).toBe(0);
  }
  await page.screenshot({ path: "../build/screenshots/plug-in-dhcp-light.png" });
  await guide.getByRole("button", { name: "Copy the lines" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("/ip dhcp-server");

  await guide.getByText("By hand").click();
  await guide.getByRole("combobox", { name: "Model" }).fill("GHP621W");
  await page.locator(".ant-select-item-option", { hasText: /^GHP621W$/ }).click();
  await expect(guide).toContainText("Maintenance › Upgrade and Provisioning › Config File");
  const path = guide.locator(".copy-field", { hasText: "Configure Server Path" });
  await expect(path.locator("code")).toHaveText(/^127\.0\.0\.1:\d+$/);
  await path.getByRole("button").click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).not.toContain("://");
  await expectAccessible(page);
});

test("the page is usable on a narrow screen", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/plug-in");
  await settled(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await expect(page.getByRole("heading", { name: "How to lead a phone here" })).toBeVisible();
  await page.screenshot({ path: "../build/screenshots/plug-in-narrow-light.png", fullPage: true });
});
