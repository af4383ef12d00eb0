import type { Page } from "@playwright/test";
import { expect, expectAccessible, settled, test } from "./fixtures";
import { add, fresh, knocker, phone, remove } from "./api";
import { formatMac } from "../src/lib/mac";

const row = (page: Page, mac: string) => page.locator("tbody tr", { hasText: formatMac(mac) });

test("many are approved with one site, each with its own result", async ({ page, request, faults }) => {
  const macs = [fresh(), fresh(), fresh()];
  for (const mac of macs) await (await knocker(request, mac)).knock();
  await page.goto(`/waiting?kind=stranger&q=02000e`);
  for (const mac of macs) await row(page, mac).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Approve selected…" }).click();
  const form = page.getByRole("dialog");
  await expect(form).toContainText("Approve 3 phones");
  await form.getByLabel("Site").click();
  await page.locator(".ant-select-item-option", { hasText: "Lobby" }).click();
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/waiting-approve-light.png" });
  const late = macs[2] ?? "";
  await add(request, late, "Somebody was quicker", { life: "adopted" });
  await form.getByRole("button", { name: "Approve 3" }).click();
  const told = page.getByRole("dialog", { name: "2 of 3 approved" });
  await expect(told.locator("[data-done=true]")).toHaveCount(2);
  await expect(told.locator("[data-done=false]")).toContainText("is approved already");
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/waiting-outcomes-light.png" });
  await told.getByRole("button", { name: "Close" }).last().click();
  for (const mac of macs.slice(0, 2)) {
    await expect(row(page, mac)).toHaveCount(0);
    expect(await phone(request, mac)).toMatchObject({ life: "adopted", site_name: "Lobby" });
  }
  for (const mac of macs) await remove(request, mac);
  expect(faults).toEqual([]);
});

test("one is approved with its user and display name", async ({ page, request }) => {
  const mac = fresh();
  await (await knocker(request, mac)).knock();
  await page.goto(`/waiting?q=${mac}`);
  await row(page, mac).getByRole("button", { name: "Approve", exact: true }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name", { exact: true }).fill("Room 299");
  await form.getByText("With an account for its first line").click();
  await form.getByLabel("SIP server").click();
  await page.locator(".ant-select-item-option").last().click();
  await form.getByLabel("User name").fill(`9${mac.slice(-4)}`);
  await form.getByLabel("Display name").fill("Room 299");
  await form.getByLabel("Password").fill("a secret of the room");
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/waiting-account-light.png" });
  await form.getByRole("button", { name: "Approve", exact: true }).click();
  await expect(form).toHaveCount(0);
  expect(await phone(request, mac)).toMatchObject({ life: "adopted", name: "Room 299", lines: [{ line: 1, user_id: `9${mac.slice(-4)}` }] });
  await remove(request, mac);
});

test("a template that is chosen is planned for whom it was approved", async ({ page, request }) => {
  const mac = fresh();
  await (await knocker(request, mac)).knock();
  await page.goto(`/waiting?q=${mac}`);
  await row(page, mac).getByRole("button", { name: "Approve", exact: true }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Template").click();
  await page.locator(".ant-select-item-option", { hasText: "GHP621W hotel standard" }).click();
  await form.getByRole("button", { name: "Approve", exact: true }).click();
  await expect(page.getByRole("button", { name: "Push to 1 phone" })).toBeEnabled();
  await page.keyboard.press("Escape");
  await remove(request, mac);
});

test("a record is proved by its label", async ({ page, request }) => {
  const mac = fresh();
  await add(request, mac, "From the box", { serial: "20EZ1234567" });
  const { knock, sent } = await knocker(request, mac);
  const folder = sent(await knock());
  expect(await knock(folder)).not.toContain("gs_provision");
  await page.goto(`/waiting?q=${mac}`);
  await expect(row(page, mac)).toContainText("nothing proves that it is that phone");
  const prove = async (serial: string) => {
    await row(page, mac).getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Prove by its label…" }).click();
    await page.getByRole("dialog").getByLabel("Serial number").fill(serial);
    await page.getByRole("dialog").getByRole("button", { name: "Prove" }).click();
  };
  await prove("20EZ1234567");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.goto(`/waiting?kind=decided&q=${mac}`);
  await expect(row(page, mac).locator("[data-state=approved]")).toBeVisible();
  expect(sent(await knock(folder))).toContain("/p/");
  await remove(request, mac);
});

test("a wrong word from the label puts the phone in quarantine", async ({ page, request, faults }) => {
  const mac = fresh();
  await add(request, mac, "From the box", { serial: "20EZ1234567" });
  const { knock, sent } = await knocker(request, mac);
  await knock(sent(await knock()));
  await page.goto(`/waiting?q=${mac}`);
  await row(page, mac).getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Prove by its label…" }).click();
  await page.getByRole("dialog").getByLabel("Serial number").fill("20EZ0000000");
  await page.getByRole("dialog").getByRole("button", { name: "Prove" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toBeVisible();
  await expectAccessible(page);
  expect(faults.splice(0).every((fault) => /4(09|22|03)/.test(fault))).toBe(true);
  await page.keyboard.press("Escape");
  await expect.poll(async () => (await phone(request, mac)).life).toBe("quarantined");
  await remove(request, mac);
});

test("a phone from the box is approved and gets its own address", async ({ page, request }) => {
  const mac = fresh();
  await add(request, mac, "Fresh from the box");
  const { knock, sent } = await knocker(request, mac);
  const folder = sent(await knock());
  expect(await knock(folder)).not.toContain("gs_provision");
  await page.goto(`/waiting?kind=claim&q=${mac}`);
  await expect(row(page, mac).locator("[data-state=open]")).toBeVisible();
  await page.screenshot({ path: "../build/screenshots/claims-open-light.png" });
  await row(page, mac).getByRole("button", { name: "Approve", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Approve", exact: true }).click();
  await expect(row(page, mac)).toHaveCount(0);
  await page.goto(`/waiting?kind=decided&q=${mac}`);
  await expect(row(page, mac).locator("[data-state=approved]")).toBeVisible();
  const own = sent(await knock(folder));
  expect(own).toContain("/p/");
  expect(own).not.toBe(folder);
  await expect(row(page, mac).locator("[data-state=taken]")).toBeVisible();
  await remove(request, mac);
});

test("who is refused gets nothing and leaves the list", async ({ page, request }) => {
  const mac = fresh();
  const { knock } = await knocker(request, mac);
  await knock();
  await page.goto(`/waiting?q=${mac}`);
  await settled(page);
  await row(page, mac).getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Refuse…" }).click();
  await expect(page.getByRole("dialog")).toContainText("becomes a record that is given nothing");
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Refuse" }).click();
  await expect(row(page, mac)).toHaveCount(0);
  expect((await phone(request, mac)).life).toBe("rejected");
  await remove(request, mac);
});
