// Every call of the console, by collection. Nothing else knows a path.
import { api, ifMatch, once, page, take } from "./client";
import { upload } from "./upload";
import type {
  AccountBody,
  AdoptionRuleBody,
  Approval,
  CommandBody,
  DeviceBody,
  DevicePatch,
  DhcpServer,
  Grant,
  LanClaimBody,
  ListQuery,
  MacRule,
  OperatorBody,
  OperatorPatch,
  PageKeyBody,
  PlanBody,
  RedirectionBody,
  RedirectionPatch,
  ReplaceBody,
  Setting,
  SipServerBody,
  SiteBody,
  StoredFile,
  StoredFilePatch,
  TakenLesson,
  TemplateBody,
  TemplatePatch,
  TokenBody,
} from "./types";

const o = "/api/v1/orgs/{org}" as const;

export const session = {
  get: () => take(api.GET("/api/v1/session")),
  signIn: (body: { login: string; password: string }) => take(api.POST("/api/v1/session", { body })),
  signOut: () => take(api.DELETE("/api/v1/session")),
};

export const setup = {
  get: (token: string) => take(api.GET("/api/v1/setup/{token}", { params: { path: { token } } })),
  use: (token: string, body: { login?: string; name?: string; password?: string }) =>
    take(api.POST("/api/v1/setup/{token}", { params: { path: { token } }, body })),
};

export const orgs = {
  counts: (org: string) => take(api.GET(`${o}/dashboard-counts`, { params: { path: { org } } })),
};

export const sites = {
  list: (org: string) => take(api.GET(`${o}/sites`, { params: { path: { org } } })).then(page),
  create: (org: string, body: SiteBody) =>
    take(api.POST(`${o}/sites`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: SiteBody) =>
    take(api.PATCH(`${o}/sites/{id}`, { params: { path: { org, id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/sites/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) })),
  legacy: (org: string, id: string) => take(api.GET(`${o}/sites/{id}/legacy`, { params: { path: { org, id } } })),
  trustLan: (org: string, id: string, hours: number) =>
    take(api.POST(`${o}/sites/{id}/trust-lan`, { params: { path: { org, id } }, body: { hours }, headers: once() })),
  distrustLan: (org: string, id: string) => take(api.DELETE(`${o}/sites/{id}/trust-lan`, { params: { path: { org, id } } })),
};

export const devices = {
  list: (org: string, query: ListQuery) =>
    take(api.GET(`${o}/devices`, { params: { path: { org }, query } })).then(page),
  get: (org: string, id: string) => take(api.GET(`${o}/devices/{device}`, { params: { path: { org, device: id } } })),
  create: (org: string, body: DeviceBody) =>
    take(api.POST(`${o}/devices`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: DevicePatch) =>
    take(api.PATCH(`${o}/devices/{device}`, { params: { path: { org, device: id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/devices/{device}`, { params: { path: { org, device: id } }, headers: ifMatch(version) })),
  config: (org: string, id: string) => take(api.GET(`${o}/devices/{device}/config`, { params: { path: { org, device: id } } })),
  rendered: (org: string, id: string) => `/api/v1/orgs/${org}/devices/${id}/config/rendered`,
  revisions: (org: string, id: string) =>
    take(api.GET(`${o}/devices/{device}/revisions`, { params: { path: { org, device: id } } })).then(page),
  /** putOverrides saves all of a device's own values; version 0 says that it has none yet. */
  putOverrides: (org: string, id: string, version: number, items: Setting[]) =>
    take(
      api.PUT(`${o}/devices/{device}/overrides`, {
        params: { path: { org, device: id } },
        body: { items },
        headers: version ? ifMatch(version) : {},
      }),
    ),
  replace: (org: string, id: string, version: number, body: ReplaceBody) =>
    take(
      api.POST(`${o}/devices/{device}/replace`, {
        params: { path: { org, device: id } },
        body,
        headers: { ...once(), ...ifMatch(version) },
      }),
    ),
  /** tryReplacement tells what another model would not take; nothing changes. */
  tryReplacement: (org: string, id: string, model: string) =>
    take(api.POST(`${o}/devices/{device}/replace/dry-run`, { params: { path: { org, device: id } }, body: { model } })),
  /** move puts a phone into a site of this or another organization of the tenant. */
  move: (org: string, id: string, version: number, body: { org?: string; site_id?: string }) =>
    take(
      api.POST(`${o}/devices/{device}/move`, {
        params: { path: { org, device: id } },
        body,
        headers: { ...once(), ...ifMatch(version) },
      }),
    ),
  adopt: (org: string, id: string) =>
    take(api.POST(`${o}/devices/{device}/adopt`, { params: { path: { org, device: id } }, headers: once() })),
  provisioning: (org: string, id: string) =>
    take(api.GET(`${o}/devices/{device}/provisioning`, { params: { path: { org, device: id } } })),
  waterfall: (org: string, id: string) =>
    take(api.GET(`${o}/devices/{device}/waterfall`, { params: { path: { org, device: id } } })),
  telephony: (org: string, id: string) =>
    take(api.GET(`${o}/devices/{device}/telephony`, { params: { path: { org, device: id } } })),
  events: (org: string, id: string) =>
    take(api.GET(`${o}/devices/{device}/events`, { params: { path: { org, device: id } } })).then(page),
  details: (org: string, id: string) =>
    take(api.GET(`${o}/devices/{device}/details`, { params: { path: { org, device: id } } })),
  drift: (org: string, id: string) =>
    take(api.GET(`${o}/devices/{device}/drift`, { params: { path: { org, device: id } } })),
  sync: (org: string, id: string) =>
    take(api.GET(`${o}/devices/{device}/sync`, { params: { path: { org, device: id } } })),
  readForSync: (org: string, id: string) =>
    take(api.POST(`${o}/devices/{device}/sync`, { params: { path: { org, device: id } } })),
  applySync: (org: string, id: string, hash: string, accounts: boolean) =>
    take(api.POST(`${o}/devices/{device}/sync/apply`, { params: { path: { org, device: id } }, body: { hash, accounts } })),
  doorPassword: (org: string, id: string) =>
    take(api.POST(`${o}/devices/{device}/door-password`, { params: { path: { org, device: id } } })),
  putLine: (org: string, id: string, n: number, account_id: string) =>
    take(api.PUT(`${o}/devices/{device}/lines/{line}`, { params: { path: { org, device: id, line: n } }, body: { account_id } })),
};

const d = `${o}/devices/{device}` as const;

export const commands = {
  list: (org: string, device: string, query: ListQuery) =>
    take(api.GET(`${d}/commands`, { params: { path: { org, device }, query } })).then(page),
  options: (org: string, device: string) =>
    take(api.GET(`${d}/command-options`, { params: { path: { org, device } } })).then(page),
  ask: (org: string, device: string, body: CommandBody) =>
    take(api.POST(`${d}/commands`, { params: { path: { org, device } }, body, headers: once() })),
  cancel: (org: string, device: string, command: string) =>
    take(api.POST(`${d}/commands/{command}/cancel`, { params: { path: { org, device, command } }, headers: once() })),
};

export const management = {
  get: (org: string, device: string) => take(api.GET(`${d}/management`, { params: { path: { org, device } } })),
  conversation: (org: string, device: string) =>
    take(api.GET(`${d}/conversation`, { params: { path: { org, device } } })).then((all) => page(all).items),
};

export const freezes = {
  ofPhone: (org: string, device: string) =>
    take(api.GET(`${d}/freezes`, { params: { path: { org, device } } })).then((all) => page(all).items),
  set: (org: string, device: string, reason: string) =>
    take(api.PUT(`${d}/freeze`, { params: { path: { org, device } }, body: { reason } })),
  lift: (org: string, device: string) => take(api.DELETE(`${d}/freeze`, { params: { path: { org, device } } })),
};

export const servers = {
  list: (org: string, query: ListQuery) =>
    take(api.GET(`${o}/sip-servers`, { params: { path: { org }, query } })).then(page),
  create: (org: string, body: SipServerBody) =>
    take(api.POST(`${o}/sip-servers`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: SipServerBody) =>
    take(api.PATCH(`${o}/sip-servers/{id}`, { params: { path: { org, id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/sip-servers/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) })),
};

export const accounts = {
  list: (org: string, query: ListQuery) =>
    take(api.GET(`${o}/accounts`, { params: { path: { org }, query } })).then(page),
  create: (org: string, body: AccountBody) =>
    take(api.POST(`${o}/accounts`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: AccountBody) =>
    take(api.PATCH(`${o}/accounts/{id}`, { params: { path: { org, id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/accounts/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) })),
};

export const templates = {
  list: (org: string, query: ListQuery) =>
    take(api.GET(`${o}/templates`, { params: { path: { org }, query } })).then(page),
  get: (org: string, id: string) => take(api.GET(`${o}/templates/{id}`, { params: { path: { org, id } } })),
  create: (org: string, body: TemplateBody) =>
    take(api.POST(`${o}/templates`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: TemplatePatch) =>
    take(api.PATCH(`${o}/templates/{id}`, { params: { path: { org, id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/templates/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) })),
  versions: (org: string, id: string) =>
    take(api.GET(`${o}/templates/{id}/versions`, { params: { path: { org, id } } })).then(page),
  save: (org: string, id: string, note: string) =>
    take(api.POST(`${o}/templates/{id}/versions`, { params: { path: { org, id } }, body: { note }, headers: once() })),
};

export const plans = {
  files: (org: string, hash: string, device: string) =>
    take(api.GET(`${o}/plans/{hash}/files/{device}`, { params: { path: { org, hash, device } } })),
  make: (org: string, body: PlanBody) => take(api.POST(`${o}/plans`, { params: { path: { org } }, body })),
  push: (org: string, hash: string, confirm_undeliverable: boolean) =>
    take(
      api.POST(`${o}/plans/{hash}/push`, {
        params: { path: { org, hash } },
        body: { confirm_undeliverable },
        headers: once(),
      }),
    ),
};

const r = "/api/v1/tenants/{tenant}/rps" as const;

export const redirections = {
  list: (tenant: string, query: ListQuery) => take(api.GET(r, { params: { path: { tenant }, query } })).then(page),
  create: (tenant: string, body: RedirectionBody) => take(api.POST(r, { params: { path: { tenant } }, body, headers: once() })),
  /** update also delivers the change, unless the body says otherwise. */
  update: (tenant: string, id: string, version: number, body: RedirectionPatch) =>
    take(api.PATCH(`${r}/{id}`, { params: { path: { tenant, id } }, body, headers: ifMatch(version) })),
  remove: (tenant: string, id: string, version: number) =>
    take(api.DELETE(`${r}/{id}`, { params: { path: { tenant, id } }, headers: ifMatch(version) })),
  orgs: (tenant: string, id: string) => take(api.GET(`${r}/{id}/orgs`, { params: { path: { tenant, id } } })).then(page),
  setOrgs: (tenant: string, id: string, orgs: string[]) =>
    take(api.PUT(`${r}/{id}/orgs`, { params: { path: { tenant, id } }, body: { orgs } })),
  setDevices: (tenant: string, id: string, body: { add?: string[]; remove?: string[] }) =>
    take(api.POST(`${r}/{id}/devices`, { params: { path: { tenant, id } }, body, headers: once() })),
  plans: (tenant: string, id: string) => take(api.POST(`${r}/{id}/plans`, { params: { path: { tenant, id } } })).then(page),
  exported: (tenant: string, id: string, vendor: string, reveal: boolean) =>
    `/api/v1/tenants/${tenant}/rps/${id}/export?vendor=${vendor}${reveal ? "&reveal=true" : ""}`,
};

export const tasks = {
  list: (org: string, query: ListQuery) => take(api.GET(`${o}/tasks`, { params: { path: { org }, query } })).then(page),
  get: (org: string, id: string) => take(api.GET(`${o}/tasks/{id}`, { params: { path: { org, id } } })),
  runs: (org: string, id: string, query: ListQuery) =>
    take(api.GET(`${o}/tasks/{id}/runs`, { params: { path: { org, id }, query } })).then(page),
  cancel: (org: string, id: string) =>
    take(api.POST(`${o}/tasks/{id}/cancel`, { params: { path: { org, id } }, headers: once() })),
};

export const requests = {
  /** reason may be several codes, with commas or spaces between them: a row with any of them counts. */
  list: (org: string, { reason, ...query }: ListQuery) => {
    const codes = typeof reason === "string" ? reason.split(/[\s,]+/).filter((code) => code !== "") : [];
    return take(api.GET(`${o}/requests`, { params: { path: { org }, query: { ...query, reason: codes } } })).then(page);
  },
};

export const audit = {
  list: (org: string, query: ListQuery) => take(api.GET(`${o}/audit`, { params: { path: { org }, query } })).then(page),
};

export const catalog = {
  models: () => take(api.GET("/api/v1/models")).then(page),
  parameters: (query: { vendor?: string; model?: string; q?: string }) => take(api.GET("/api/v1/parameters", { params: { query } })).then(page),
};

export const claims = {
  list: (org: string) => take(api.GET(`${o}/claims`, { params: { path: { org } } })).then(page),
  decide: (org: string, device: string, id: string, how: "approve" | "reject") =>
    how === "approve"
      ? take(api.POST(`${o}/devices/{device}/claims/{id}/approve`, { params: { path: { org, device, id } }, headers: once() }))
      : take(api.POST(`${o}/devices/{device}/claims/{id}/reject`, { params: { path: { org, device, id } }, headers: once() })),
};

/** waiting is what phones that wait can be told. */
export const waiting = {
  strangers: (org: string) => take(api.GET(`${o}/unclaimed`, { params: { path: { org } } })).then(page),
  decide: (org: string, how: "approve" | "reject", rows: Approval[]) =>
    how === "approve"
      ? take(api.POST(`${o}/devices/approve`, { params: { path: { org } }, body: { devices: rows }, headers: once() })).then(page)
      : take(api.POST(`${o}/devices/reject`, { params: { path: { org } }, body: { devices: rows }, headers: once() })).then(page),
  prove: (org: string, device: string, id: string, body: { serial?: string; sticker_secret?: string }) =>
    take(api.POST(`${o}/devices/{device}/claims/{id}/prove`, { params: { path: { org, device, id } }, body, headers: once() })),
  release: (org: string, device: string) =>
    take(api.POST(`${o}/devices/{device}/release`, { params: { path: { org, device } }, headers: once() })),
};

/** adoption is the rules by which strangers are taken in. */
export const adoption = {
  list: (org: string) => take(api.GET(`${o}/adoption-rules`, { params: { path: { org } } })).then(page),
  create: (org: string, body: AdoptionRuleBody) =>
    take(api.POST(`${o}/adoption-rules`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: AdoptionRuleBody) =>
    take(api.PATCH(`${o}/adoption-rules/{id}`, { params: { path: { org, id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/adoption-rules/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) })),
  /** dryRun tells what the rules would do now, or would with one of them as it is tried. */
  dryRun: (org: string, body?: { rule_id?: string; rule: AdoptionRuleBody }) =>
    take(api.POST(`${o}/adoption-rules/dry-run`, { params: { path: { org } }, body })).then(page),
};

export const groups = {
  list: (org: string, query: ListQuery) => take(api.GET(`${o}/groups`, { params: { path: { org }, query } })).then(page),
};

/** lan is what goes through a phone's own web page. */
export const lan = {
  claim: (org: string, body: LanClaimBody) =>
    take(api.POST(`${o}/devices/claim-over-lan`, { params: { path: { org } }, body, headers: once() })),
  asItWas: (org: string, device: string) =>
    take(api.GET(`${o}/devices/{device}/as-it-was`, { params: { path: { org, device } } })),
  giveBack: (org: string, device: string, body: PageKeyBody) =>
    take(api.POST(`${o}/devices/{device}/give-back`, { params: { path: { org, device } }, body, headers: once() })),
};

export const guides = {
  setUp: (org: string) => take(api.GET(`${o}/setup-cards`, { params: { path: { org } } })),
  dhcp: (org: string, server: DhcpServer, vendor: string) =>
    take(api.GET(`${o}/dhcp`, { params: { path: { org }, query: { server, vendor: vendor || undefined } } })),
};

/** trust is about the CAs of an organization, or with "" those of the platform. */
export const trust = {
  list: (org: string) =>
    (org
      ? take(api.GET(`${o}/trusted-cas`, { params: { path: { org } } }))
      : take(api.GET("/api/v1/trusted-cas"))
    ).then(page),
  create: (org: string, body: { name?: string; pem: string }) =>
    org
      ? take(api.POST(`${o}/trusted-cas`, { params: { path: { org } }, body, headers: once() }))
      : take(api.POST("/api/v1/trusted-cas", { body, headers: once() })),
  rename: (org: string, id: string, version: number, name: string) =>
    org
      ? take(api.PATCH(`${o}/trusted-cas/{id}`, { params: { path: { org, id } }, body: { name }, headers: ifMatch(version) }))
      : take(api.PATCH("/api/v1/trusted-cas/{id}", { params: { path: { id } }, body: { name }, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    org
      ? take(api.DELETE(`${o}/trusted-cas/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) }))
      : take(api.DELETE("/api/v1/trusted-cas/{id}", { params: { path: { id } }, headers: ifMatch(version) })),
  subjects: (org: string, id: string) =>
    org
      ? take(api.GET(`${o}/trusted-cas/{id}/subjects`, { params: { path: { org, id } } }))
      : take(api.GET("/api/v1/trusted-cas/{id}/subjects", { params: { path: { id } } })),
  tryRule: (org: string, id: string, body: { subject_id: string; rule: MacRule }) =>
    org
      ? take(api.POST(`${o}/trusted-cas/{id}/try`, { params: { path: { org, id } }, body }))
      : take(api.POST("/api/v1/trusted-cas/{id}/try", { params: { path: { id } }, body })),
  confirm: (org: string, id: string, version: number, body: { subject_id: string; rule: MacRule; mac: string }) => {
    const headers = { ...once(), ...ifMatch(version) };
    return org
      ? take(api.POST(`${o}/trusted-cas/{id}/confirm`, { params: { path: { org, id } }, body, headers }))
      : take(api.POST("/api/v1/trusted-cas/{id}/confirm", { params: { path: { id } }, body, headers }));
  },
};

type AlarmVerb = "ack" | "unack" | "unmask";

export const alarms = {
  list: (org: string, query: ListQuery) => take(api.GET(`${o}/alarms`, { params: { path: { org }, query } })).then(page),
  get: (org: string, id: string) => take(api.GET(`${o}/alarms/{id}`, { params: { path: { org, id } } })),
  act: (org: string, id: string, verb: AlarmVerb) => {
    const init = { params: { path: { org, id } }, headers: once() };
    if (verb === "ack") return take(api.POST(`${o}/alarms/{id}/ack`, init));
    if (verb === "unack") return take(api.POST(`${o}/alarms/{id}/unack`, init));
    return take(api.POST(`${o}/alarms/{id}/unmask`, init));
  },
  mask: (org: string, id: string, until: string) =>
    take(api.POST(`${o}/alarms/{id}/mask`, { params: { path: { org, id } }, body: { until }, headers: once() })),
  clear: (org: string, id: string, reason: string) =>
    take(api.POST(`${o}/alarms/{id}/clear`, { params: { path: { org, id } }, body: { reason }, headers: once() })),
  note: (org: string, id: string, text: string) =>
    take(api.POST(`${o}/alarms/{id}/note`, { params: { path: { org, id } }, body: { text }, headers: once() })),
};

/** Store is one of the two collections of stored files. */
export type Store = "firmware" | "resources";

export const files = {
  list: (org: string, store: Store, query: ListQuery) =>
    (store === "firmware"
      ? take(api.GET(`${o}/firmware`, { params: { path: { org }, query } }))
      : take(api.GET(`${o}/resources`, { params: { path: { org }, query } }))
    ).then(page),
  upload: (org: string, store: Store, form: FormData, progress: (part: number) => void) =>
    upload<StoredFile>(`/api/v1/orgs/${org}/${store}`, form, progress),
  update: (org: string, store: Store, id: string, version: number, body: StoredFilePatch) => {
    const init = { params: { path: { org, id } }, body, headers: ifMatch(version) };
    return store === "firmware" ? take(api.PATCH(`${o}/firmware/{id}`, init)) : take(api.PATCH(`${o}/resources/{id}`, init));
  },
  remove: (org: string, store: Store, id: string, version: number) => {
    const init = { params: { path: { org, id } }, headers: ifMatch(version) };
    return store === "firmware" ? take(api.DELETE(`${o}/firmware/{id}`, init)) : take(api.DELETE(`${o}/resources/{id}`, init));
  },
  content: (org: string, store: Store, id: string) => `/api/v1/orgs/${org}/${store}/${id}/content`,
};

const t = "/api/v1/tenants/{tenant}/lessons" as const;

export const lessons = {
  list: (tenant: string) => take(api.GET(t, { params: { path: { tenant } } })).then(page),
  learn: (tenant: string, form: FormData, progress: (part: number) => void) =>
    upload<TakenLesson>(`/api/v1/tenants/${tenant}/lessons`, form, progress),
  remove: (tenant: string, id: string) =>
    take(api.DELETE(`${t}/{id}`, { params: { path: { tenant, id } }, headers: ifMatch(1) })),
};

export const unclaimed = {
  list: (query: ListQuery) => take(api.GET("/api/v1/unclaimed", { params: { query } })).then(page),
};

export const operators = {
  list: (query: ListQuery) => take(api.GET("/api/v1/operators", { params: { query } })).then(page),
  create: (body: OperatorBody) => take(api.POST("/api/v1/operators", { body, headers: once() })),
  update: (id: string, version: number, body: OperatorPatch) =>
    take(api.PATCH("/api/v1/operators/{id}", { params: { path: { id } }, body, headers: ifMatch(version) })),
  grant: (id: string, body: Grant) =>
    take(api.POST("/api/v1/operators/{id}/grants", { params: { path: { id } }, body, headers: once() })),
  revoke: (id: string, grant: string) =>
    take(api.DELETE("/api/v1/operators/{id}/grants/{grant}", { params: { path: { id, grant } } })),
};

export const roles = {
  list: () => take(api.GET("/api/v1/roles")).then(page),
};

export const tokens = {
  list: () => take(api.GET("/api/v1/tokens")).then(page),
  create: (body: TokenBody) => take(api.POST("/api/v1/tokens", { body, headers: once() })),
  remove: (id: string) => take(api.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } })),
};

export const sessions = {
  list: () => take(api.GET("/api/v1/sessions")).then(page),
  remove: (id: string) => take(api.DELETE("/api/v1/sessions/{id}", { params: { path: { id } } })),
};

export const system = {
  get: () => take(api.GET("/api/v1/system")),
};
