import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, settled, test } from "./fixtures";
import { org } from "./api";

const row = (page: Page, name: string) => page.locator("tbody tr", { hasText: name });

// Where the demo keeps a stored file's bytes: the one file that holds just these.
function stored(bytes: Buffer): string {
  const top = readFileSync("test-results/data.txt", "utf8").trim();
  const found = readdirSync(top, { recursive: true, encoding: "utf8" })
    .map((name) => join(top, name))
    .find((file) => statSync(file).isFile() && statSync(file).size === bytes.length && readFileSync(file).equals(bytes));
  if (!found) throw new Error("the image is not in the data directory");
  return found;
}

test("a firmware image is uploaded, changed, shown red where its bytes are gone, and deleted", async ({ page, request, faults }) => {
  const bytes = Buffer.from(`an image of ${Date.now()}`.padEnd(4_096, "."));
  await page.goto("/firmware");
  await settled(page);
  await page.getByRole("button", { name: "Upload image" }).first().click();
  const form = page.getByRole("dialog");
  await form.locator("input[type=file]").setInputFiles({ name: "420HD_3.4.6.604.img", mimeType: "application/octet-stream", buffer: bytes });
  await form.getByLabel("Models").fill("420HD");
  await page.locator(".ant-select-item-option", { hasText: /^420HD$/ }).click();
  await form.getByLabel("Description").fill("for the lobby");
  await page.keyboard.press("Tab");
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/firmware-upload-light.png" });
  await form.getByRole("button", { name: "Upload", exact: true }).click();
  await expect(form).toHaveCount(0);
  const image = row(page, "420HD_3.4.6.604.img");
  await expect(image).toContainText("3.4.6.604");
  await expect(image).toContainText("for the lobby");
  await expect(image).toContainText("420hd.img");
  await expect(image).toContainText("4.1 kB");
  await page.screenshot({ path: "../build/screenshots/firmware-list-light.png" });

  await image.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await page.getByRole("dialog").getByLabel("Version").fill("3.4.6.605");
  await page.getByRole("dialog").getByLabel("Description").fill("for the whole house");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(image).toContainText("3.4.6.605");

  rmSync(stored(bytes));
  await page.reload();
  await expect(image.locator("[data-missing=true]")).toContainText("its bytes are missing");
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/firmware-missing-light.png" });
  expect((await request.get(`/api/v1/orgs/${await org(request)}/firmware`)).ok()).toBe(true);

  await image.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(image).toHaveCount(0);
  expect(faults).toEqual([]);
});

test("a file that is stored already is told, not stored again", async ({ page, faults }) => {
  const buffer = Buffer.from(`a tone of ${Date.now()}`.padEnd(600, "~"));
  await page.goto("/resources");
  await settled(page);
  const send = async () => {
    await page.getByRole("button", { name: "Upload file" }).first().click();
    const form = page.getByRole("dialog");
    await form.locator("input[type=file]").setInputFiles({ name: "ring1.bin", mimeType: "application/octet-stream", buffer });
    await form.getByLabel("Vendor").click();
    await page.locator(".ant-select-item-option", { hasText: "grandstream" }).last().click();
    await form.getByRole("button", { name: "Upload", exact: true }).click();
    return form;
  };
  await expect(await send()).toHaveCount(0);
  await expect(row(page, "ring1.bin")).toContainText("Ringtone");
  const again = await send();
  await expect(again.getByRole("alert")).toBeVisible();
  expect(faults.splice(0).every((fault) => fault.includes("409"))).toBe(true);
  await page.keyboard.press("Escape");
  await row(page, "ring1.bin").getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(row(page, "ring1.bin")).toHaveCount(0);
});

test("settings are learned from a phone's own export", async ({ page }) => {
  const buffer = Buffer.from('<?xml version="1.0"?><gs_provision version="1"><config version="1"><P59997>7</P59997></config></gs_provision>');
  await page.goto("/lessons");
  await settled(page);
  await page.getByRole("button", { name: "Learn from a file" }).first().click();
  const form = page.getByRole("dialog");
  await form.locator("input[type=file]").setInputFiles({ name: "export.xml", mimeType: "text/xml", buffer });
  await form.getByLabel("Model").fill("GXP2170");
  await page.locator(".ant-select-item-option", { hasText: /^GXP2170$/ }).click();
  await expectAccessible(page);
  await form.getByRole("button", { name: "Learn", exact: true }).click();
  await expect(page.getByText("Learned from export.xml")).toBeVisible();
  await expect(row(page, "export.xml")).toContainText("GXP2170");
  await row(page, "export.xml").getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(row(page, "export.xml")).toHaveCount(0);
});

test("lines for a DHCP server are for one make or for all", async ({ page }) => {
  await page.goto("/dhcp");
  await settled(page);
  await expect(page.locator("pre")).toContainText("audiocodes");
  await page.getByRole("combobox", { name: "Make of the phones" }).click();
  await page.locator(".ant-select-item-option", { hasText: "grandstream" }).click();
  await expect(page).toHaveURL(/vendor=grandstream/);
  await expect(page.locator("pre")).not.toContainText("audiocodes");
  await expect(page.getByRole("row", { name: /^grandstream 66 / })).toContainText("configuration server");
});
