// Phones with certificates of their maker, made by openssl.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as ask } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, expectAccessible, settled, test } from "./fixtures";
import { address, fresh, onePhone } from "./api";

interface Maker {
  ca: string;
  cert: string;
  key: string;
}

// A CA and a phone's certificate, whose common name is its MAC.
function make(name: string, mac: string): Maker {
  const dir = mkdtempSync(join(tmpdir(), "bellwether-ca-"));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...ec, "-days", "30", "-subj", `/CN=${name}`, "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", ...ec, "-subj", `/O=Example/CN=${mac.toUpperCase()}`, "-keyout", "phone.key", "-out", "phone.csr");
  writeFileSync(join(dir, "ext"), "extendedKeyUsage=clientAuth\n");
  openssl("x509", "-req", "-in", "phone.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "ext", "-out", "phone.pem");
  const [ca, cert, key] = ["ca.pem", "phone.pem", "phone.key"].map((file) => readFileSync(join(dir, file), "utf8"));
  rmSync(dir, { recursive: true });
  return { ca: ca ?? "", cert: cert ?? "", key: key ?? "" };
}

function knock(url: string, { cert, key }: Maker): Promise<string> {
  return new Promise((done, fail) => {
    const sent = ask(url, { cert, key, rejectUnauthorized: false }, (answer) => {
      let text = "";
      answer.on("data", (bytes: Buffer) => (text += bytes.toString()));
      answer.on("end", () => done(text));
    });
    sent.on("error", fail);
    sent.end();
  });
}

test("a maker's CA is trusted and its rule confirmed on a real certificate", async ({ page, request }) => {
  const mac = fresh();
  const name = `Maker ${mac.slice(-4)}`;
  const maker = make(name, mac);
  const door = (await address(request, (await onePhone(request)).mac)).url.replace(/p\/[^/]+\/$/, "");
  await page.goto("/settings/trusted-cas");
  await settled(page);
  await page.getByRole("button", { name: "Add trusted CA" }).first().click();
  const form = page.getByRole("dialog");
  await form.locator("input[type=file]").setInputFiles({ name: "ca.pem", mimeType: "application/x-pem-file", buffer: Buffer.from(maker.ca) });
  await expect(form.getByLabel("Certificates (PEM)")).toHaveValue(/BEGIN CERTIFICATE/);
  await expectAccessible(page);
  await form.getByRole("button", { name: "Trust it" }).click();
  const card = page.locator(`[data-ca="${name}"]`);
  await expect(card).toContainText("no phone has shown one so far");
  await expect(card.getByRole("button", { name: "Confirm its MAC rule…" })).toBeDisabled();

  await knock(`${door}cfg${mac}.xml`, maker);
  await page.goto("/plug-in");
  const stranger = page.locator(`.stranger[data-mac="${mac}"]`);
  await expect(stranger).toContainText("It showed a certificate");
  await expect(stranger).toContainText(`Signed by ${name}, whose MAC rule nobody has confirmed yet`);
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/plug-in-certificate-light.png" });
  await stranger.getByRole("button", { name: "Confirm its MAC rule…" }).click();
  const rule = page.getByRole("dialog");
  await expect(rule.getByRole("status")).toContainText(mac.replace(/(..)(?!$)/g, "$1:"));
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/trust-rule-light.png" });
  await rule.getByLabel("Pattern").fill("nothing like (it)");
  await expect(rule.getByRole("button", { name: "It is this phone: confirm" })).toBeDisabled();
  await rule.getByLabel("Pattern").fill("([0-9a-f]{12})");
  await rule.getByRole("button", { name: "It is this phone: confirm" }).click();
  await expect(rule).toHaveCount(0);
  await expect(stranger).toContainText("whose MAC rule is in force");

  await page.goto("/settings/trusted-cas");
  await expect(card).toContainText("Its rule is in force");
  await card.getByRole("button", { name: "1 certificate seen" }).click();
  await expect(card.getByRole("table")).toContainText(mac.toUpperCase());
  await expectAccessible(page);
  await page.screenshot({ path: "../build/screenshots/trusted-cas-light.png" });
  await card.getByRole("button", { name: "Delete…" }).click();
  await expect(page.getByRole("dialog")).toContainText("Trust this CA no longer?");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(card).toHaveCount(0);
});
