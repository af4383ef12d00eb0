import { request as http } from "@playwright/test";
import { expect, expectAccessible, settled, test } from "./fixtures";
import { add, fresh, knocker, org, remove } from "./api";

test("an alarm comes by itself, is noted, silenced, acknowledged and cleared", async ({ page, request }) => {
  const mac = fresh();
  await page.goto("/alarms");
  await settled(page);
  await expect(page.locator("[data-live=live]")).toBeVisible();

  // Somebody reads another serial number from the label than the record has.
  await add(request, mac, "Room 31", { serial: "20EZ1234567" });
  const { knock, sent } = await knocker(request, mac);
  await knock(sent(await knock()));
  const claims = `/api/v1/orgs/${await org(request)}/devices/${mac}/claims`;
  const list = async () => ((await (await request.get(claims)).json()) as { items: { id: string }[] }).items;
  await expect.poll(async () => (await list()).length).toBe(1);
  const wrong = await request.post(`${claims}/${(await list())[0]?.id}/prove`, { data: { serial: "20EZ0000000" } });
  expect(wrong.ok()).toBe(false);

  const row = page.locator("tbody tr", { hasText: "The label names another serial number" }).filter({ has: page.getByText(mac.replace(/(..)(?!$)/g, "$1:")).or(page.getByText("Room 31")) });
  await expect(row.locator("[data-state=critical]")).toBeVisible();
  await expect(row.locator("[data-state=active]")).toBeVisible();
  await expect(page.locator(".rail a[href^='/alarms'] .count")).toBeVisible();
  await row.getByRole("button", { name: "Details" }).click();
  await expect(page.getByText("What to do:").first()).toBeVisible();
  await page.getByRole("textbox", { name: "Write a note" }).fill("Reception looks at the label again");
  await page.getByRole("button", { name: "Add note" }).click();
  await expect(page.getByRole("list", { name: "Notes" })).toContainText("Reception looks at the label again");
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/alarms-detail-light.png" });

  const act = async (name: string) => {
    await row.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name, exact: true }).click();
  };
  await act("Acknowledge");
  await expect(row.locator("[data-state=acknowledged]")).toBeVisible();
  await act("Silence…");
  await page.getByRole("dialog").getByRole("button", { name: "Silence" }).click();
  await expect(row.locator("[data-state=masked]")).toBeVisible();
  await act("Clear…");
  await page.getByRole("dialog").getByLabel("Why (optional)").fill("The label was read wrong");
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Clear" }).click();
  await expect(row).toHaveCount(0);
  await page.getByRole("tab", { name: "History" }).click();
  await expect(row.locator("[data-state=cleared]")).toBeVisible();
  await row.getByRole("button", { name: "Details" }).click();
  await expect(page.getByText("The label was read wrong")).toBeVisible();
  await remove(request, mac);
});

test("alarms are found by severity and words, and the address keeps it", async ({ page }) => {
  await page.goto("/alarms?show=history&severity=warning");
  await settled(page);
  await expect(page.locator("tbody [data-state=critical]")).toHaveCount(0);
  await page.goto("/alarms?show=history&q=serial");
  for (const title of ["Severity", "Name", "Description", "About", "Remote host", "State", "Received"]) {
    await expect(page.getByRole("columnheader", { name: title, exact: true })).toBeVisible();
  }
  await expect(page.locator("tbody tr").first()).toContainText("serial number");
  await page.goto("/alarms?show=history&q=02:00:0e");
  await expect(page.locator("tbody tr").first()).toContainText("serial number");
  await page.reload();
  await expect(page.locator("tbody tr").first()).toContainText("serial number");
});

test("who comes by the old manager's address finds the console", async ({ page, baseURL }) => {
  const curl = await http.newContext();
  const answer = await curl.get(`${baseURL}/ipp`, { maxRedirects: 0 });
  expect([answer.status(), answer.headers().location]).toEqual([302, "/"]);
  await curl.dispose();
  await page.goto("/ipp");
  await expect(page.getByRole("heading", { name: "Home" })).toBeVisible();
});
