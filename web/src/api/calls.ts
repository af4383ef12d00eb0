// Every call of the console, by collection. Nothing else knows a path.
import { api, ifMatch, once, page, take } from "./client";
import type {
  AccountBody,
  DeviceBody,
  ListQuery,
  OperatorBody,
  PlanBody,
  RoleBody,
  Setting,
  SipServerBody,
  SiteBody,
  TemplateBody,
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
  list: (query: ListQuery) => take(api.GET("/api/v1/orgs", { params: { query } })).then(page),
  counts: (org: string) => take(api.GET(`${o}/dashboard-counts`, { params: { path: { org } } })),
};

export const sites = {
  list: (org: string, query: ListQuery) => take(api.GET(`${o}/sites`, { params: { path: { org }, query } })).then(page),
  create: (org: string, body: SiteBody) =>
    take(api.POST(`${o}/sites`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: Partial<SiteBody>) =>
    take(api.PATCH(`${o}/sites/{id}`, { params: { path: { org, id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/sites/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) })),
};

export const devices = {
  list: (org: string, query: ListQuery) =>
    take(api.GET(`${o}/devices`, { params: { path: { org }, query } })).then(page),
  get: (org: string, id: string) => take(api.GET(`${o}/devices/{id}`, { params: { path: { org, id } } })),
  create: (org: string, body: DeviceBody) =>
    take(api.POST(`${o}/devices`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: Partial<DeviceBody>) =>
    take(api.PATCH(`${o}/devices/{id}`, { params: { path: { org, id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/devices/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) })),
  config: (org: string, id: string) => take(api.GET(`${o}/devices/{id}/config`, { params: { path: { org, id } } })),
  rendered: (org: string, id: string) => `/api/v1/orgs/${org}/devices/${id}/config/rendered`,
  revisions: (org: string, id: string, query: ListQuery) =>
    take(api.GET(`${o}/devices/{id}/revisions`, { params: { path: { org, id }, query } })).then(page),
  putOverrides: (org: string, id: string, items: Setting[]) =>
    take(api.PUT(`${o}/devices/{id}/overrides`, { params: { path: { org, id } }, body: { items } })),
  adopt: (org: string, id: string) =>
    take(api.POST(`${o}/devices/{id}/adopt`, { params: { path: { org, id } }, body: {}, headers: once() })),
  provisioning: (org: string, id: string) =>
    take(api.GET(`${o}/devices/{id}/provisioning`, { params: { path: { org, id } } })),
  putLine: (org: string, id: string, n: number, account_id: string) =>
    take(api.PUT(`${o}/devices/{id}/lines/{n}`, { params: { path: { org, id, n } }, body: { account_id } })),
};

export const servers = {
  list: (org: string, query: ListQuery) =>
    take(api.GET(`${o}/sip-servers`, { params: { path: { org }, query } })).then(page),
  create: (org: string, body: SipServerBody) =>
    take(api.POST(`${o}/sip-servers`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: Partial<SipServerBody>) =>
    take(api.PATCH(`${o}/sip-servers/{id}`, { params: { path: { org, id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/sip-servers/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) })),
};

export const accounts = {
  list: (org: string, query: ListQuery) =>
    take(api.GET(`${o}/accounts`, { params: { path: { org }, query } })).then(page),
  create: (org: string, body: AccountBody) =>
    take(api.POST(`${o}/accounts`, { params: { path: { org } }, body, headers: once() })),
  update: (org: string, id: string, version: number, body: Partial<AccountBody>) =>
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
  update: (org: string, id: string, version: number, body: Partial<TemplateBody>) =>
    take(api.PATCH(`${o}/templates/{id}`, { params: { path: { org, id } }, body, headers: ifMatch(version) })),
  remove: (org: string, id: string, version: number) =>
    take(api.DELETE(`${o}/templates/{id}`, { params: { path: { org, id } }, headers: ifMatch(version) })),
  versions: (org: string, id: string, query: ListQuery) =>
    take(api.GET(`${o}/templates/{id}/versions`, { params: { path: { org, id }, query } })).then(page),
  save: (org: string, id: string, note: string) =>
    take(api.POST(`${o}/templates/{id}/versions`, { params: { path: { org, id } }, body: { note }, headers: once() })),
};

export const plans = {
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

export const tasks = {
  list: (org: string, query: ListQuery) => take(api.GET(`${o}/tasks`, { params: { path: { org }, query } })).then(page),
  get: (org: string, id: string) => take(api.GET(`${o}/tasks/{id}`, { params: { path: { org, id } } })),
  runs: (org: string, id: string, query: ListQuery) =>
    take(api.GET(`${o}/tasks/{id}/runs`, { params: { path: { org, id }, query } })).then(page),
  cancel: (org: string, id: string) =>
    take(api.POST(`${o}/tasks/{id}/cancel`, { params: { path: { org, id } }, body: {}, headers: once() })),
};

export const requests = {
  list: (org: string, query: ListQuery) =>
    take(api.GET(`${o}/requests`, { params: { path: { org }, query } })).then(page),
};

export const audit = {
  list: (org: string, query: ListQuery) => take(api.GET(`${o}/audit`, { params: { path: { org }, query } })).then(page),
};

export const catalog = {
  models: () => take(api.GET("/api/v1/models", { params: { query: { limit: 500 } } })).then(page),
  parameters: (query: ListQuery) => take(api.GET("/api/v1/parameters", { params: { query } })).then(page),
};

export const unclaimed = {
  list: (query: ListQuery) => take(api.GET("/api/v1/unclaimed", { params: { query } })).then(page),
};

export const operators = {
  list: (query: ListQuery) => take(api.GET("/api/v1/operators", { params: { query } })).then(page),
  create: (body: OperatorBody) => take(api.POST("/api/v1/operators", { body, headers: once() })),
  update: (id: string, version: number, body: Partial<OperatorBody>) =>
    take(api.PATCH("/api/v1/operators/{id}", { params: { path: { id } }, body, headers: ifMatch(version) })),
};

export const roles = {
  list: (query: ListQuery) => take(api.GET("/api/v1/roles", { params: { query } })).then(page),
  create: (body: RoleBody) => take(api.POST("/api/v1/roles", { body, headers: once() })),
};

export const tokens = {
  list: (query: ListQuery) => take(api.GET("/api/v1/tokens", { params: { query } })).then(page),
  create: (body: TokenBody) => take(api.POST("/api/v1/tokens", { body, headers: once() })),
  remove: (id: string) => take(api.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } })),
};

export const sessions = {
  list: (query: ListQuery) => take(api.GET("/api/v1/sessions", { params: { query } })).then(page),
  remove: (id: string) => take(api.DELETE("/api/v1/sessions/{id}", { params: { path: { id } } })),
};

export const system = {
  get: () => take(api.GET("/api/v1/system")),
};
