import { expect, expectAccessible, settled, test } from "./fixtures";
import { fresh, org, phone, remove } from "./api";

for (const look of ["light", "dark"] as const) {
  test(`a phone of another organization is shown where it is and moved here, in ${look}`, async ({ page, request, faults }) => {
    await page.emulateMedia({ colorScheme: look });
    const mac = fresh();
    const me = (await (await request.get("/api/v1/session")).json()) as { orgs: { id: string; tenant_id: string }[] };
    const here = me.orgs.find((one) => one.id.length > 0)?.tenant_id ?? "";
    const made = await request.post(`/api/v1/tenants/${here}/orgs`, { data: { name: `Branch ${mac}` } });
    expect(made.ok(), await made.text()).toBe(true);
    const branch = (await made.json()) as { id: string };
    const added = await request.post(`/api/v1/orgs/${branch.id}/devices`, { data: { mac, model: "GHP621W", name: "Desk of the branch" } });
    expect(added.ok(), await added.text()).toBe(true);

    await page.goto("/phones");
    await settled(page);
    await page.getByRole("button", { name: "Add phone" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("MAC").fill(mac);
    await dialog.getByLabel("Model").click();
    await page.locator(".ant-select-item-option", { hasText: /^GHP621W$/ }).click();
    await dialog.getByLabel("Site").click();
    await page.locator(".ant-select-item-option", { hasText: "Lobby" }).click();
    await dialog.getByRole("button", { name: "Add phone" }).click();
    await expect(dialog.getByRole("alert")).toContainText(`is in the organization Branch ${mac} already`);
    await expect(dialog.getByRole("alert")).toContainText("Desk of the branch");
    expect(faults.splice(0).every((fault) => fault.includes("409"))).toBe(true);
    await dialog.getByRole("alert").scrollIntoViewIfNeeded();
    await expectAccessible(page);
    await page.screenshot({ path: `../build/screenshots/clash-${look}.png` });
    await dialog.getByRole("button", { name: "Move it here" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("cell", { name: "Desk of the branch" })).toBeVisible();
    expect(await phone(request, mac)).toMatchObject({ life: "adopted", site_name: "Lobby" });
    expect((await request.get(`/api/v1/orgs/${branch.id}/devices/${mac}`)).status()).toBe(404);
    expect(await org(request)).not.toBe(branch.id);
    await remove(request, mac);
  });
}
