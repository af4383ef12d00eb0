// The API as the tests use it beside the browser, with the browser's session.
import { type APIRequestContext, expect } from "@playwright/test";

export interface Phone {
  id: string;
  mac: string;
  name: string;
  version: number;
  desired_revision: string;
  delivered_revision: string;
  config_state: string;
  life: string;
}

async function json<T>(answer: Awaited<ReturnType<APIRequestContext["get"]>>): Promise<T> {
  expect(answer.ok(), `${answer.status()} ${answer.url()} ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

/** org is the organization that the demo makes. */
export async function org(request: APIRequestContext): Promise<string> {
  const me = await json<{ orgs: { id: string; slug: string }[] }>(await request.get("/api/v1/session"));
  const found = me.orgs.find((one) => one.slug === "demo") ?? me.orgs[0];
  if (!found) throw new Error("the demo has no organization");
  return found.id;
}

export async function phones(request: APIRequestContext): Promise<Phone[]> {
  const list = await json<{ items: Phone[] }>(await request.get(`/api/v1/orgs/${await org(request)}/devices?sort=mac`));
  return list.items;
}

export async function phone(request: APIRequestContext, mac: string): Promise<Phone> {
  return json(await request.get(`/api/v1/orgs/${await org(request)}/devices/${mac}`));
}

/** onePhone waits for a phone that has taken its configuration. */
export async function onePhone(request: APIRequestContext, index = 0): Promise<Phone> {
  await expect
    .poll(async () => (await phones(request))[index]?.config_state, { timeout: 45_000 })
    .toMatch(/delivered|confirmed/);
  const found = (await phones(request))[index];
  if (!found) throw new Error("the demo has too few phones");
  return found;
}

/** rename changes a phone from somewhere else. */
export async function rename(request: APIRequestContext, mac: string, name: string): Promise<void> {
  const { version } = await phone(request, mac);
  await json(
    await request.patch(`/api/v1/orgs/${await org(request)}/devices/${mac}`, {
      data: { name },
      headers: { "If-Match": `"${version}"` },
    }),
  );
}

/** address is a phone's secret provisioning address. */
export async function address(request: APIRequestContext, mac: string): Promise<{ url: string; names: string[] }> {
  return json(await request.get(`/api/v1/orgs/${await org(request)}/devices/${mac}/provisioning`));
}

/** add makes a phone that waits for approval, unless more says otherwise. */
export async function add(request: APIRequestContext, mac: string, name: string, more: Record<string, string> = {}): Promise<void> {
  const data = { mac, name, model: "GHP621W", life: "waiting", ...more };
  await json(await request.post(`/api/v1/orgs/${await org(request)}/devices`, { data }));
}

/** own gives a phone values of its own; they reach it by a push, or with its first file. */
export async function own(request: APIRequestContext, mac: string, items: { key: string; value: string }[]): Promise<void> {
  await json(await request.put(`/api/v1/orgs/${await org(request)}/devices/${mac}/overrides`, { data: { items }, headers: { "If-Match": "*" } }));
}

/** fresh gives a MAC that no other test has. */
export function fresh(): string {
  made.count += 1;
  return `02000e${(Date.now() % 65_536).toString(16).padStart(4, "0")}${made.count.toString(16).padStart(2, "0")}`;
}
const made = { count: 0 };

/** Knocker asks for a phone's file as the phone would, and tells where the answer sends it. */
export interface Knocker {
  knock: (folder?: string) => Promise<string>;
  sent: (file: string) => string;
}

/** knocker is a phone from the box: it asks at the door for its file's name alone. */
export async function knocker(request: APIRequestContext, mac: string, model = "GHP621W"): Promise<Knocker> {
  const base = (await address(request, (await onePhone(request)).mac)).url.replace(/p\/[^/]+\/$/, "");
  const headers = { "User-Agent": `Grandstream Model HW ${model} SW 1.0.1.50 DevId ${mac}` };
  return {
    knock: async (folder = base) => (await request.get(`${folder}cfg${mac}.xml`, { ignoreHTTPSErrors: true, headers })).text(),
    sent: (file) => `https://${/(?:serverpath"|<P237)>([^<]+)</.exec(file)?.[1] ?? "nowhere"}`,
  };
}

/** remove takes a phone away again. */
export async function remove(request: APIRequestContext, mac: string): Promise<void> {
  const { version } = await phone(request, mac);
  const gone = await request.delete(`/api/v1/orgs/${await org(request)}/devices/${mac}`, {
    headers: { "If-Match": `"${version}"` },
  });
  expect(gone.ok(), await gone.text()).toBe(true);
}
