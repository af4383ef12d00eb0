// A phone that somebody else has set up is claimed through its own web page, and
// goes back as it was. The phone is a virtual one on this machine.
import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import { resolve } from "node:path";
import { fresh, knocker, phone, remove } from "./api";
import { expect, expectAccessible, settled, test } from "./fixtures";
import { freePort } from "./program";

const old = "127.0.0.1:9/old/";
const word = "As-on-the-label-7";

async function plugged(mac: string, port: number): Promise<ChildProcess> {
  const binary = resolve(process.env.BELLWETHER_BIN ?? "../bin/bellwether");
  const program = spawn(
    binary,
    ["phone", "--pages", "--server", `https://${old}`, "--vendor", "grandstream", "--model", "GHP621W", "--mac", mac, "--stagger", "0s"].concat([
      "--set",
      `users.admin.password=${word}`,
      "--set",
      `network.web.port.https=${port}`,
    ]),
    { stdio: "ignore" },
  );
  await expect
    .poll(
      () =>
        new Promise((done) => {
          const socket = connect(port, "127.0.0.1", () => (socket.destroy(), done(true)));
          socket.once("error", () => done(false));
        }),
    )
    .toBe(true);
  return program;
}

test("a phone is claimed over the network by its own password, and is given back as it was", async ({ page, request }) => {
  const mac = fresh();
  const port = await freePort();
  const program = await plugged(mac, port);
  try {
    const { knock } = await knocker(request, mac);
    await page.goto("/plug-in");
    await settled(page);
    await expect(page.locator("[data-live=live]")).toBeVisible();
    await knock();
    const card = page.locator(`.stranger[data-mac="${mac}"]`);
    await card.getByRole("button", { name: "Claim over the network…" }).click();
    const claim = page.getByRole("dialog");
    await expect(claim.getByLabel("IP address")).toHaveValue("127.0.0.1");
    await expectAccessible(page);
    await claim.getByLabel("Password of the phone’s web page").fill(word);
    await claim.getByLabel("Port of the page").fill(String(port));
    await page.screenshot({ path: "../build/screenshots/claim-lan-light.png" });
    await claim.getByRole("button", { name: "Claim", exact: true }).click();
    await expect(page.getByText("restarts and fetches its configuration")).toBeVisible();
    await expect.poll(async () => (await phone(request, mac)).config_state, { timeout: 30_000 }).toMatch(/delivered|confirmed/);

    await page.goto(`/phones/${mac}`);
    await settled(page);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Give back as it was…" }).click();
    const back = page.getByRole("dialog");
    await expect(back.locator(".goes-back")).toContainText(old);
    await expectAccessible(page);
    await page.screenshot({ path: "../build/screenshots/give-back-light.png" });
    await back.getByLabel("Password of the phone’s web page").fill(word);
    await back.getByRole("button", { name: "Give back", exact: true }).click();
    await expect(page.getByText("The phone restarts as it was.")).toBeVisible();
    expect((await phone(request, mac)).life).toBe("retired");
  } finally {
    program.kill("SIGTERM");
  }
  await remove(request, mac);
});
