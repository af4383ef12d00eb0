// The shape of the HTTP API, as openapi-typescript would write it. `npm run gen`
// writes this file anew from the running program's OpenAPI document.

type PathOf<P> = [keyof P] extends [never] ? { path?: never } : { path: P };
interface Op<Q, P, B, R> {
  parameters: { query?: Q; header?: Record<string, string>; cookie?: never } & PathOf<P>;
  requestBody?: B extends undefined ? never : { content: { "application/json": B } };
  responses: {
    200: { headers: Record<string, unknown>; content: { "application/json": R } };
    default: { headers: Record<string, unknown>; content: { "application/problem+json": components["schemas"]["Problem"] } };
  };
}
type None = Record<never, never>;
type Org = { org: string };
type ListQuery = { limit?: number; cursor?: string; sort?: string; q?: string };
type S = components["schemas"];
interface PageOf<T> {
  items: T[];
  next_cursor: string;
  total: number;
  total_exact: boolean;
}
interface Crud<Row, Body, P extends object, F = None> {
  list: { get: Op<ListQuery & F, P, undefined, PageOf<Row>>; post: Op<None, P, Body, Row> };
  one: {
    get: Op<None, P & { id: string }, undefined, Row>;
    patch: Op<None, P & { id: string }, Partial<Body>, Row>;
    delete: Op<None, P & { id: string }, undefined, undefined>;
  };
}
type Sites = Crud<S["Site"], S["SiteBody"], Org>;
type Devices = Crud<
  S["Device"],
  S["DeviceBody"],
  Org,
  { site?: string; model?: string; life?: string; reach?: string; config_state?: string }
>;
type Servers = Crud<S["SipServer"], S["SipServerBody"], Org>;
type Accounts = Crud<S["Account"], S["AccountBody"], Org, { server_id?: string }>;
type Templates = Crud<S["Template"], S["TemplateBody"], Org, { kind?: string; model?: string }>;
type Operators = Crud<S["Operator"], S["OperatorBody"], None>;
type Roles = Crud<S["Role"], S["RoleBody"], None>;
type Tokens = Crud<S["Token"], S["TokenBody"], None>;
type Tenants = Crud<S["Tenant"], S["TenantBody"], None>;

export interface paths {
  "/api/v1/session": {
    get: Op<None, None, undefined, S["Me"]>;
    post: Op<None, None, { login: string; password: string }, S["Me"]>;
    delete: Op<None, None, undefined, undefined>;
  };
  "/api/v1/setup/{token}": {
    get: Op<None, { token: string }, undefined, { kind: "first" | "signin"; login: string }>;
    post: Op<None, { token: string }, { login?: string; name?: string; password?: string }, S["Me"]>;
  };
  "/api/v1/tenants": Tenants["list"];
  "/api/v1/tenants/{tenant}/orgs": {
    get: Op<ListQuery, { tenant: string }, undefined, PageOf<S["Organization"]>>;
    post: Op<None, { tenant: string }, { slug?: string; name: string; description?: string }, S["Organization"]>;
  };
  "/api/v1/orgs": { get: Op<ListQuery, None, undefined, PageOf<S["Organization"]>> };
  "/api/v1/orgs/{org}/sites": Sites["list"];
  "/api/v1/orgs/{org}/sites/{id}": Sites["one"];
  "/api/v1/orgs/{org}/devices": Devices["list"];
  "/api/v1/orgs/{org}/devices/{id}": Devices["one"];
  "/api/v1/orgs/{org}/devices/{id}/config": { get: Op<None, Org & { id: string }, undefined, S["Config"]> };
  "/api/v1/orgs/{org}/devices/{id}/revisions": {
    get: Op<ListQuery, Org & { id: string }, undefined, PageOf<S["Revision"]>>;
  };
  "/api/v1/orgs/{org}/devices/{id}/overrides": {
    put: Op<None, Org & { id: string }, { items: S["Setting"][] }, { items: S["Setting"][]; version: number }>;
  };
  "/api/v1/orgs/{org}/devices/{id}/adopt": { post: Op<None, Org & { id: string }, None, S["Device"]> };
  "/api/v1/orgs/{org}/devices/{id}/provisioning": { get: Op<None, Org & { id: string }, undefined, S["Provisioning"]> };
  "/api/v1/orgs/{org}/devices/{id}/lines/{n}": {
    put: Op<None, Org & { id: string; n: number }, { account_id: string }, S["Device"]>;
  };
  "/api/v1/orgs/{org}/sip-servers": Servers["list"];
  "/api/v1/orgs/{org}/sip-servers/{id}": Servers["one"];
  "/api/v1/orgs/{org}/accounts": Accounts["list"];
  "/api/v1/orgs/{org}/accounts/{id}": Accounts["one"];
  "/api/v1/orgs/{org}/templates": Templates["list"];
  "/api/v1/orgs/{org}/templates/{id}": Templates["one"];
  "/api/v1/orgs/{org}/templates/{id}/versions": {
    get: Op<ListQuery, Org & { id: string }, undefined, PageOf<S["TemplateVersion"]>>;
    post: Op<None, Org & { id: string }, { note?: string }, S["TemplateVersion"]>;
  };
  "/api/v1/orgs/{org}/plans": { post: Op<None, Org, S["PlanBody"], S["Plan"]> };
  "/api/v1/orgs/{org}/plans/{hash}/push": {
    post: Op<None, Org & { hash: string }, { confirm_undeliverable?: boolean }, S["Task"]>;
  };
  "/api/v1/orgs/{org}/tasks": { get: Op<ListQuery & { state?: string }, Org, undefined, PageOf<S["Task"]>> };
  "/api/v1/orgs/{org}/tasks/{id}": { get: Op<None, Org & { id: string }, undefined, S["Task"]> };
  "/api/v1/orgs/{org}/tasks/{id}/runs": {
    get: Op<ListQuery & { state?: string }, Org & { id: string }, undefined, PageOf<S["Run"]>>;
  };
  "/api/v1/orgs/{org}/tasks/{id}/cancel": { post: Op<None, Org & { id: string }, None, S["Task"]> };
  "/api/v1/orgs/{org}/requests": {
    get: Op<ListQuery & { mac?: string; address?: string; verdict?: string }, Org, undefined, PageOf<S["LedgerRow"]>>;
  };
  "/api/v1/orgs/{org}/audit": { get: Op<ListQuery & { action?: string }, Org, undefined, PageOf<S["AuditEntry"]>> };
  "/api/v1/orgs/{org}/dashboard-counts": { get: Op<None, Org, undefined, S["Counts"]> };
  "/api/v1/models": { get: Op<ListQuery, None, undefined, PageOf<S["Model"]>> };
  "/api/v1/parameters": { get: Op<ListQuery & { vendor?: string; model?: string }, None, undefined, PageOf<S["Parameter"]>> };
  "/api/v1/unclaimed": { get: Op<ListQuery, None, undefined, PageOf<S["Unclaimed"]>> };
  "/api/v1/operators": Operators["list"];
  "/api/v1/operators/{id}": Operators["one"];
  "/api/v1/roles": Roles["list"];
  "/api/v1/roles/{id}": Roles["one"];
  "/api/v1/tokens": Tokens["list"];
  "/api/v1/tokens/{id}": Tokens["one"];
  "/api/v1/sessions": { get: Op<ListQuery, None, undefined, PageOf<S["Session"]>> };
  "/api/v1/sessions/{id}": { delete: Op<None, { id: string }, undefined, undefined> };
  "/api/v1/system": { get: Op<None, None, undefined, S["System"]> };
}

type Time = string | null;
interface Kept {
  id: string;
  version: number;
  created_at: Time;
  updated_at: Time;
}

export interface components {
  schemas: {
    Problem: {
      type?: string;
      title: string;
      status: number;
      detail?: string;
      code?: string;
      retry_after?: number;
      errors?: { location?: string; message?: string; value?: unknown }[];
    };
    Me: {
      operator: { id: string; login: string; name: string; email: string };
      permissions_hint: Record<string, string[]>;
      tenants: { id: string; slug: string; name: string; kind: string }[];
      orgs: { id: string; slug: string; name: string; tenant_id: string }[];
      platform: boolean;
      expires_at: Time;
    };
    Tenant: Kept & { slug: string; name: string; kind: string };
    TenantBody: { slug?: string; name: string; kind?: string };
    Organization: Kept & { tenant_id: string; slug: string; name: string; description: string };
    Site: Kept & {
      parent_id: string;
      name: string;
      description: string;
      depth: number;
      path: string[];
      is_default: boolean;
      subnets: { cidr: string; legacy: boolean }[];
      legacy_until: Time;
      devices: number;
    };
    SiteBody: {
      parent_id?: string;
      name: string;
      description?: string;
      subnets?: { cidr: string; legacy: boolean }[];
      legacy_until?: Time;
    };
    DeviceLine: { line: number; account_id: string; user_id: string; name: string };
    Device: Kept & {
      mac: string;
      vendor: string;
      model: string;
      family: string;
      name: string;
      serial: string;
      site_id: string;
      site_name: string;
      life: string;
      reach: string;
      expected_by: Time;
      last_seen: Time;
      address: string;
      firmware: string;
      user_agent: string;
      lines: S["DeviceLine"][];
      desired_revision: string;
      delivered_revision: string;
      confirmed_revision: string;
      delivered_at: Time;
      config_state: "none" | "pending" | "delivered" | "confirmed" | "failed";
      problem: string;
    };
    DeviceBody: { mac: string; model?: string; name?: string; serial?: string; site_id?: string };
    Shadow: { layer: string; source: string; value: string; author: string; at: Time };
    ConfigItem: {
      key: string;
      label: string;
      value: string;
      layer: string;
      source: string;
      source_id: string;
      source_version: number;
      author: string;
      at: Time;
      shadowed: S["Shadow"][];
      delivered_as: string;
      undeliverable: boolean;
      state: "set" | "reset" | "residue";
      secret: boolean;
      reported: string | null;
      unit: string;
      help: string;
      section: string;
      page: string;
      default: string | null;
      type: string;
      options: { value: string; label: string }[];
      ranges: { min: number; max: number }[];
      reboot: boolean;
    };
    Config: {
      device_id: string;
      revision: string;
      epoch: number;
      dialect: string;
      items: S["ConfigItem"][];
      overrides_draft: S["Setting"][];
      problem: string;
    };
    Setting: { key: string; value: string };
    Revision: {
      id: string;
      seq: number;
      created_at: Time;
      author: string;
      reason: string;
      desired: boolean;
      delivered: boolean;
      confirmed: boolean;
      epoch: number;
      keys: number;
    };
    Provisioning: { url: string; token_state: string; names: string[] };
    SipServer: Kept & { name: string; address: string };
    SipServerBody: { name: string; address: string };
    Account: Kept & {
      server_id: string;
      user_id: string;
      auth_id: string;
      name: string;
      has_password: boolean;
      devices: { id: string; mac: string; name: string; line: number }[];
    };
    AccountBody: { server_id: string; user_id: string; auth_id?: string; name?: string; password?: string };
    Template: Kept & {
      kind: "model" | "site" | "group";
      name: string;
      description: string;
      vendor: string;
      model: string;
      site_id: string;
      follow: boolean;
      draft: S["Setting"][];
      latest: number;
      devices: number;
    };
    TemplateBody: {
      kind: string;
      name: string;
      description?: string;
      vendor?: string;
      model?: string;
      site_id?: string;
      follow?: boolean;
      draft?: S["Setting"][];
    };
    TemplateVersion: { number: number; items: S["Setting"][]; author: string; at: Time; note: string };
    PlanBody: {
      targets: { devices?: string[]; sites?: string[]; all?: boolean };
      move: {
        overrides?: boolean;
        lines?: boolean;
        placeholders?: boolean;
        templates?: { id: string; version: number }[];
        latest?: boolean;
      };
      note?: string;
    };
    PlanChange: {
      key: string;
      label: string;
      kind: "set" | "change" | "reset" | "residue" | "shadowed" | "undeliverable";
      old: string;
      new: string;
      layer: string;
      by_layer: string;
    };
    PlanGroup: {
      change_id: string;
      devices: { id: string; mac: string; name: string; old_revision: string; new_revision: string }[];
      count: number;
      changes: S["PlanChange"][];
      reboot: boolean;
    };
    Plan: {
      hash: string;
      created_at: Time;
      author: string;
      devices: number;
      unchanged: number;
      groups: S["PlanGroup"][];
      failed: { id: string; mac: string; problem: string }[];
      reboots: number;
      warnings: { code: string; text: string; devices: number }[];
    };
    Task: {
      id: string;
      kind: string;
      name: string;
      state: string;
      author: string;
      created_at: Time;
      started_at: Time;
      ended_at: Time;
      deadline: Time;
      counts: Record<string, number>;
      version: number;
    };
    Run: {
      id: string;
      device_id: string;
      mac: string;
      device_name: string;
      state: string;
      reason: string;
      from_revision: string;
      to_revision: string;
      started_at: Time;
      ended_at: Time;
    };
    LedgerRow: {
      id: string;
      at: Time;
      last_at: Time;
      count: number;
      door: string;
      address: string;
      mac: string;
      device_id: string;
      name: string;
      user_agent: string;
      verdict: string;
      reason: string;
      status: number;
      bytes: number;
      revision: string;
      millis: number;
    };
    AuditEntry: {
      id: string;
      at: Time;
      actor_kind: string;
      actor_name: string;
      address: string;
      action: string;
      subject_kind: string;
      subject_id: string;
      subject_name: string;
      before: unknown;
      after: unknown;
      sealed: boolean;
    };
    Counts: {
      devices: number;
      online: number;
      restricted: number;
      offline: number;
      adopted: number;
      waiting: number;
      config_pending: number;
      config_delivered: number;
      config_failed: number;
    };
    Model: { vendor: string; name: string; family: string; kind: string; lines: number; proof: string };
    Parameter: {
      key_pattern: string;
      count: number;
      type: string;
      label: string;
      help: string;
      page: string;
      section: string;
      default: string | null;
      unit: string;
      ranges: { min: number; max: number }[];
      options: { value: string; label: string }[];
      secret: boolean;
      reboot: boolean;
      evidence: string;
    };
    Unclaimed: {
      mac: string;
      vendor: string;
      model: string;
      firmware: string;
      address: string;
      door: string;
      first_at: Time;
      last_at: Time;
      requests: number;
    };
    Grant: { role_id: string; role?: string; tenant_id: string; org_id: string; site_id: string };
    Operator: Kept & { login: string; name: string; email: string; disabled: boolean; grants: S["Grant"][] };
    OperatorBody: {
      login: string;
      name?: string;
      email?: string;
      password?: string;
      disabled?: boolean;
      grants?: { role_id: string; tenant_id?: string; org_id?: string; site_id?: string }[];
    };
    Role: Kept & { tenant_id: string; name: string; permissions: string[]; builtin: boolean };
    RoleBody: { tenant_id?: string; name: string; permissions: string[] };
    Token: {
      id: string;
      version: number;
      name: string;
      operator_id: string;
      org_id: string;
      role_id: string;
      token?: string;
      created_at: Time;
      expires_at: Time;
      used_at: Time;
    };
    TokenBody: { name: string; org_id?: string; role_id?: string; expires_at?: Time };
    Session: {
      id: string;
      operator_id: string;
      login: string;
      address: string;
      user_agent: string;
      created_at: Time;
      seen_at: Time;
      expires_at: Time;
      current: boolean;
    };
    System: { version: string; database: string; bus: string; started_at: Time; node: string };
  };
}
