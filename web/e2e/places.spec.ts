import { expect, expectAccessible, settled, test } from "./fixtures";
import { add, fresh, org, remove } from "./api";

const day = 86_400_000;

test("a site's legacy flag is shown amber, and its network is trusted for a while", async ({ page, request }) => {
  const base = `/api/v1/orgs/${await org(request)}/sites`;
  const name = `Annex ${Date.now() % 100_000}`;
  const until = new Date(Date.now() + 10 * day).toISOString();
  const data = { name, subnets: [{ cidr: "10.77.0.0/24", legacy: true }], legacy_until: until };
  const made = (await (await request.post(base, { data })).json()) as { id: string };
  const mac = fresh();
  await add(request, mac, "Old phone", { site_id: made.id, life: "adopted" });

  await page.goto("/sites");
  await settled(page);
  const row = page.locator("tbody tr", { hasText: name });
  await expect(row.locator("[data-legacy=ending]")).toContainText("Ends");
  await row.getByRole("button", { name: "Details" }).click();
  const flag = page.getByRole("region", { name: "Legacy flag" });
  await expect(flag).toContainText("10.77.0.0/24");
  await expect(flag).toContainText("Nobody has needed it yet");
  const trust = page.getByRole("region", { name: "Trusted network" });
  await trust.getByRole("button", { name: "Trust this network" }).click();
  await expect(trust.locator("[data-trusted]")).toBeVisible();
  await expect(row.locator("[data-trusted]")).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/site-legacy-light.png" });
  await trust.getByRole("button", { name: "Trust it no longer" }).click();
  await expect(page.locator("[data-trusted]")).toHaveCount(0);

  await page.goto(`/phones/${mac}`);
  await expect(page.locator(".phone-head [data-legacy=ending]")).toBeVisible();
  await remove(request, mac);
  const { version } = (await (await request.get(`${base}/${made.id}`)).json()) as { version: number };
  expect((await request.delete(`${base}/${made.id}`, { headers: { "If-Match": `"${version}"` } })).ok()).toBe(true);
});
