// What a phone is asked to do from its page, it does: the demo's fourth phone is
// managed by TR-069 and executes.
import type { Locator, Page } from "@playwright/test";
import { onePhone } from "./api";
import { expect, expectAccessible, settled, test } from "./fixtures";

async function open(page: Page, mac: string, tab: string): Promise<void> {
  await page.goto(`/phones/${mac}/${tab}`);
  await settled(page);
}

/** ask opens the dialog of a command. */
async function ask(page: Page, name: string): Promise<Locator> {
  await page.getByRole("button", { name: `Ask: ${name}…` }).click();
  return page.getByRole("dialog");
}

/** newest is the row of the newest command of a kind that an operator asked for: the server reads values by itself too. */
function newest(page: Page, name: string): Locator {
  const rows = page.getByRole("region", { name: "What was asked" }).locator("tbody tr");
  return rows.filter({ hasText: name }).filter({ hasText: "demo" }).first();
}

async function give(dialog: Locator, name: string): Promise<void> {
  await dialog.locator(".ant-modal-footer .ant-btn-primary").click();
  await expect(dialog.page().getByText(`${name}: asked.`).first()).toBeVisible();
  await expect(dialog).toBeHidden();
}

test("a phone pings and traces and tells its values and restarts", async ({ page, request, faults }) => {
  const { mac } = await onePhone(request, 3);
  await open(page, mac, "commands");
  await expect(page.locator("[data-kind=ping]")).toContainText("now, by TR-069");
  await expect(page.locator("[data-kind=message]")).toContainText("not possible");
  await expect(page.locator("[data-kind=message]")).toContainText("no channel carries this");

  const ping = await ask(page, "Ping");
  await ping.getByLabel("Host name or address").fill("127.0.0.1; reboot");
  await ping.locator(".ant-modal-footer .ant-btn-primary").click();
  await expect(ping.getByRole("alert").first()).toContainText("a host name or an address is needed");
  faults.length = 0; // the refusal
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/command-ask-light.png" });
  await ping.getByLabel("Host name or address").fill("127.0.0.1");
  await give(ping, "Ping");
  await expect(newest(page, "Ping").locator("[data-state=confirmed]")).toBeVisible();

  const trace = await ask(page, "Traceroute");
  await trace.getByLabel("Host name or address").fill("127.0.0.1");
  await give(trace, "Traceroute");
  await expect(newest(page, "Traceroute").locator("[data-state=confirmed]")).toBeVisible();

  const read = await ask(page, "Read values");
  await read.getByLabel("Keys").fill("Device.DeviceInfo.SoftwareVersion\nno.such.key");
  await give(read, "Read values");
  await expect(newest(page, "Read values").locator("[data-state=confirmed]")).toBeVisible();
  await newest(page, "Read values").getByRole("button").first().click();
  await expect(page.locator(".command-detail")).toContainText("Device.DeviceInfo.SoftwareVersion");
  await expect(page.locator(".command-detail")).toContainText("1.0.1.54");
  await page.screenshot({ path: "../build/screenshots/command-result-light.png", fullPage: true });

  const restart = await ask(page, "Restart");
  await expect(restart).toContainText("Calls on this phone may be cut off.");
  await give(restart, "Restart");
  await expect(newest(page, "Restart").locator("[data-state=confirmed]")).toBeVisible({ timeout: 30_000 });

  const reset = await ask(page, "Factory reset");
  await expect(reset).toContainText("call history and contacts are erased");
  await reset.getByLabel("To confirm, type its MAC").fill("02:00:00:00:00:99");
  await reset.locator(".ant-modal-footer .ant-btn-primary").click();
  await expect(reset).toContainText("This is not the MAC of this phone.");
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/command-reset-light.png" });
  await reset.getByRole("button", { name: "Cancel" }).click();
});

test("a phone that is frozen waits, and what was said to it can be read", async ({ page, request }) => {
  const { mac } = await onePhone(request, 3);
  await open(page, mac, "managed");
  await expect(page.getByText("It can be called and comes at once.")).toBeVisible();
  await page.getByRole("button", { name: "Freeze…" }).click();
  await page.getByRole("dialog").getByLabel("Why").fill("the lobby is being painted");
  await page.getByRole("dialog").getByRole("button", { name: "Freeze", exact: true }).click();
  await expect(page.getByText("This phone is frozen.")).toBeVisible();
  const turn = page.locator(".turn", { hasText: "InformResponse" }).first();
  await turn.locator("summary").click();
  await expect(turn.locator("[data-from=phone] pre")).toContainText("<SerialNumber>");
  await expect(turn.locator("[data-from=server] pre")).toContainText("MaxEnvelopes");
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/managed-light.png", fullPage: true });
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  expect((await saved).suggestedFilename()).toBe(`${mac}-conversation.txt`);

  await open(page, mac, "commands");
  await expect(page.getByText("the lobby is being painted")).toBeVisible();
  await give(await ask(page, "Restart"), "Restart");
  await expect(newest(page, "Restart").locator("[data-state=queued]")).toBeVisible();
  await newest(page, "Restart").getByRole("button", { name: "Cancel: Restart" }).click();
  await expect(newest(page, "Restart").locator("[data-state=cancelled]")).toBeVisible();
  await open(page, mac, "managed");
  await page.getByRole("button", { name: "Let it be changed again" }).click();
  await expect(page.getByText("Nothing holds this phone back.")).toBeVisible();
});
