import { expect, expectAccessible, settled, test } from "./fixtures";
import { add, fresh, onePhone, own, phones, remove, rename } from "./api";

test("six phones come to the list by themselves", async ({ page, request }) => {
  await page.goto("/phones");
  await expect(page.locator("[data-live=live]")).toBeVisible();
  await expect(page.locator("tbody tr")).toHaveCount(6);
  await expect(page.locator(".list-pager [data-total='6']")).toBeVisible();
  await expect(page.locator("tbody [data-state=online]")).toHaveCount(6, { timeout: 45_000 });
  expect((await phones(request)).length).toBe(6);
});

test("a change made elsewhere appears without a reload", async ({ page, request }) => {
  const { mac, name } = await onePhone(request, 5);
  await page.goto("/phones");
  await settled(page);
  await expect(page.locator("[data-live=live]")).toBeVisible();
  await rename(request, mac, "Renamed elsewhere");
  await expect(page.getByRole("cell", { name: "Renamed elsewhere" })).toBeVisible();
  await rename(request, mac, name);
  await expect(page.getByRole("cell", { name: "Renamed elsewhere" })).toHaveCount(0);
});

test("filters and order stand in the URL and survive it", async ({ page, request }) => {
  const { mac } = await onePhone(request);
  await page.goto("/phones");
  await page.getByRole("button", { name: "Last seen" }).click();
  await expect(page).toHaveURL(/sort=last_seen/);
  await page.locator(".list-tools").getByRole("textbox", { name: "MAC, name, IP or extension" }).fill(mac.toUpperCase().replace(/(..)(?!$)/g, "$1-"));
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.reload();
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await expect(page.locator("th[aria-sort=ascending]")).toHaveText(/Last seen/);
});

test("a phone is found by / and any form of its MAC", async ({ page, request }) => {
  const { mac } = await onePhone(request);
  await page.goto("/");
  await settled(page);
  await page.keyboard.press("/");
  await page.keyboard.type(mac.replace(/(....)(?!$)/g, "$1."));
  await expect(page.getByRole("option").first()).toContainText(mac.slice(0, 2));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/phones/${mac}`));
});

test("columns are chosen and kept", async ({ page }) => {
  await page.goto("/phones");
  await settled(page);
  await expect(page.getByRole("columnheader", { name: "Firmware" })).toHaveCount(0);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Firmware" }).check();
  await expect(page.getByRole("columnheader", { name: "Firmware" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("columnheader", { name: "Firmware" })).toBeVisible();
});

test("a phone's way in stands as a waterfall, with where it is in one sentence", async ({ page, request }) => {
  const { mac } = await onePhone(request);
  await page.goto(`/phones/${mac}/way`);
  await settled(page);
  await expect(page.locator("[data-stage=delivered][data-state=done]")).toContainText("Configuration taken");
  await expect(page.locator("[data-stage]")).toHaveCount(12);
  await page.screenshot({ path: "../build/screenshots/phone-way-light.png" });
});

test("a password for the doors is shown once", async ({ page, request }) => {
  const { mac } = await onePhone(request, 3);
  await page.goto(`/phones/${mac}`);
  await settled(page);
  await page.getByRole("button", { name: "New password" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "New password" }).click();
  await expect(page.locator("[data-secret]")).toHaveText(/^\S{12,}$/);
  await expectAccessible(page);
  await page.reload();
  await settled(page);
  await expect(page.locator("[data-secret]")).toHaveCount(0);
});

test("what another model would not take is told before a phone is replaced", async ({ page, request }) => {
  const mac = fresh();
  const next = fresh();
  await add(request, mac, "To be replaced", { life: "adopted" });
  await own(request, mac, [{ key: "audio.volume.ring", value: "8" }]);
  await page.goto(`/phones/${mac}`);
  await settled(page);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Replace…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Everything that it has now fits the new phone.");
  await dialog.getByLabel("Model").fill("GRP2614");
  await page.keyboard.press("Enter");
  await expect(dialog.locator("[data-fit=GRP2614] [data-key='audio.volume.ring']")).toContainText("it takes 0..7");
  await expect(dialog).toContainText("Stays behind: 1 setting.");
  for (const look of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: look });
    await expectAccessible(page);
    await page.screenshot({ path: `../build/screenshots/replace-${look}.png` });
  }
  await dialog.getByLabel("MAC of the new phone").fill(next);
  await dialog.getByRole("button", { name: "Replace" }).click();
  await expect(page).toHaveURL(new RegExp(`/phones/${next}`));
  await remove(request, next);
});
