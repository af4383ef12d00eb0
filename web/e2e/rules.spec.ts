import type { APIRequestContext, Page } from "@playwright/test";
import { expect, expectAccessible, settled, test } from "./fixtures";
import { fresh, knocker, org, phone, remove } from "./api";
import { formatMac } from "../src/lib/mac";

const row = (page: Page, text: string) => page.locator("tbody tr[tabindex]", { hasText: text });

interface Rule {
  id: string;
  name: string;
  version: number;
}

async function rules(request: APIRequestContext): Promise<Rule[]> {
  const path = `/api/v1/orgs/${await org(request)}/adoption-rules`;
  return ((await (await request.get(path)).json()) as { items: Rule[] }).items;
}

async function option(page: Page, label: string, text: string): Promise<void> {
  await page.getByRole("dialog").getByLabel(label, { exact: true }).click();
  await page.locator(".ant-select-item-option", { hasText: text }).last().click();
}

async function tags(page: Page, label: string, text: string): Promise<void> {
  const field = page.getByRole("dialog").getByLabel(label, { exact: true });
  await field.fill(text);
  await field.press("Enter");
  await field.press("Tab");
}

for (const look of ["light", "dark"] as const) {
  test(`a rule is made, tried, put in order, switched off and deleted, in ${look}`, async ({ page, request }) => {
    await page.emulateMedia({ colorScheme: look });
    const [first, second] = [`First ${look}`, `Rooms ${look}`];
    const mac = fresh();
    await (await knocker(request, mac)).knock();

    await page.goto("/waiting");
    await page.getByRole("tab", { name: "Adoption rules" }).click();
    await expect(page.getByRole("heading", { name: "No rules yet" })).toBeVisible();
    await settled(page);
    await expectAccessible(page);
    await page.screenshot({ path: `../build/screenshots/rules-empty-${look}.png` });
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Add rule" }).first().click();
    await dialog.getByLabel("Name", { exact: true }).fill(first);
    await tags(page, "MAC, or how it begins", "02:00:0f");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(row(page, first)).toContainText("with MAC 02000f");

    await page.getByRole("button", { name: "Add rule" }).click();
    await dialog.getByLabel("Name", { exact: true }).fill(second);
    await option(page, "Vendor", "grandstream");
    await dialog.getByLabel("Model", { exact: true }).fill("GHP6*");
    await tags(page, "Asking from one of these networks", "127.0.0.0/8");
    await option(page, "Site", "Lobby");
    await option(page, "Template", "GHP621W hotel standard");
    await dialog.getByRole("radio", { name: /^Take in/ }).check();
    await dialog.getByRole("button", { name: "Try it on the phones that wait" }).click();
    const tried = dialog.getByRole("region", { name: "What the rules would do now" }).locator(`[data-mac="${mac}"]`);
    await expect(tried).toContainText(`“${second}” suggests Lobby with the template GHP621W hotel standard – nothing proves that it is the machine that it calls itself`);
    await tried.getByText("1 rule does not fit").click();
    await expect(tried).toContainText("its MAC is another");
    await expectAccessible(page);
    await page.screenshot({ path: `../build/screenshots/rules-edit-${look}.png` });
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(row(page, second)).toContainText("from 127.0.0.0/8");
    await expect(row(page, second)).toContainText("template GHP621W hotel standard");

    await page.getByRole("button", { name: `Ask “${second}” earlier` }).click();
    await expect(page.locator("tbody tr[tabindex]").first()).toContainText(second);
    await expect.poll(async () => (await rules(request)).map((one) => one.name)).toEqual([second, first]);
    const now = page.getByRole("region", { name: "What the rules would do now" }).locator(`[data-mac="${mac}"]`);
    await expect(now).toContainText(`“${second}” suggests Lobby`);
    await settled(page);
    await expectAccessible(page);
    await page.screenshot({ path: `../build/screenshots/rules-${look}.png` });
    await page.getByRole("switch", { name: `“${second}” is on` }).click();
    await expect(now).toContainText("No rule fits: it waits.");
    await page.getByRole("switch", { name: `“${second}” is on` }).click();
    await expect(now).toContainText(`“${second}” suggests Lobby`);

    await page.goto(`/waiting?q=${mac}`);
    await expect(row(page, formatMac(mac))).toContainText(`The rule “${second}” suggests Lobby.`);
    await row(page, formatMac(mac)).getByRole("button", { name: "Approve", exact: true }).click();
    await expect(dialog).toContainText(`The rule “${second}” says where it goes`);
    await expect(dialog).toContainText("GHP621W hotel standard");
    await expectAccessible(page);
    await page.screenshot({ path: `../build/screenshots/rules-approve-${look}.png` });
    await dialog.getByRole("button", { name: "Approve", exact: true }).click();
    await expect(dialog).toHaveCount(0);
    expect(await phone(request, mac)).toMatchObject({ life: "adopted", site_name: "Lobby" });

    await page.goto("/waiting?show=rules");
    await expect(row(page, second).locator("td").nth(6)).toContainText("1");
    for (const name of [second, first]) {
      await row(page, name).getByRole("button", { name: "Actions" }).click();
      await page.getByRole("menuitem", { name: "Delete…" }).click();
      await expect(dialog).toContainText("The phones that it took in stay.");
      await dialog.getByRole("button", { name: "Delete" }).click();
      await expect(row(page, name)).toHaveCount(0);
    }
    await remove(request, mac);
  });
}
