// What a phone tells of itself by its action URLs shows in its overview as it comes.
import { add, address, fresh, org, remove } from "./api";
import { expect, expectAccessible, settled, test } from "./fixtures";

test("a phone's registration, its calls and what happened on it show as it tells them", async ({ page, request }) => {
  const mac = fresh();
  await add(request, mac, "Talks", { life: "adopted" });
  const set = await request.put(`/api/v1/orgs/${await org(request)}/devices/${mac}/overrides`, {
    data: { items: [{ key: "ons.enable", value: "yes" }] },
    headers: { "If-Match": "*" },
  });
  expect(set.ok(), await set.text()).toBe(true);
  const { url, names } = await address(request, mac);
  const file = await (await request.get(`${url}${names[0] ?? ""}`, { ignoreHTTPSErrors: true })).text();
  const base = /https:\/\/[^/]+\/a\/[0-9a-f]+\//.exec(file)?.[0] ?? "";
  expect(base, "the file tells where to report").not.toBe("");
  const tell = async (event: string) => {
    const answer = await request.get(`${base}${event}`, { ignoreHTTPSErrors: true });
    expect(answer.status()).toBe(200);
  };

  await page.goto(`/phones/${mac}`);
  await settled(page);
  const card = page.locator("section.card", { hasText: "Calls and registration" });
  await expect(card.getByText("The phone has told nothing yet.")).toBeVisible();
  await expect(page.locator("[data-live=live]")).toBeVisible();
  await tell("registered");
  await tell("incoming?remote=0044163296012");
  await expect(card.locator("[data-state=ringing]")).toBeVisible();
  await expect(card.getByRole("listitem").first()).toContainText("Incoming call");
  await expect(card.getByText("…012")).toBeVisible();
  await expect(page.getByText("0044163296012")).toHaveCount(0);
  await tell("established");
  await expect(card.locator("[data-state=talking]")).toBeVisible();
  await expectAccessible(page);
  await card.scrollIntoViewIfNeeded();
  await page.screenshot({ path: "../build/screenshots/phone-talk-light.png" });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: "../build/screenshots/phone-talk-dark.png" });
  await remove(request, mac);
});
