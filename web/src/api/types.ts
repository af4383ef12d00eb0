// The names that the console uses for what the API answers. This is the only
// file that knows how the generated schema calls them.
import type { components } from "./schema";

type S = components["schemas"];

export type Problem = S["Problem"];
export type Me = S["Me"];
export type Tenant = S["Tenant"];
export type Organization = S["Organization"];
export type Site = S["Site"];
export type SiteBody = S["SiteBody"];
export type Device = S["Device"];
export type DeviceBody = S["DeviceBody"];
export type Config = S["Config"];
export type ConfigItem = S["ConfigItem"];
export type Shadow = S["Shadow"];
export type Setting = S["Setting"];
export type Revision = S["Revision"];
export type Provisioning = S["Provisioning"];
export type SipServer = S["SipServer"];
export type SipServerBody = S["SipServerBody"];
export type Account = S["Account"];
export type AccountBody = S["AccountBody"];
export type Template = S["Template"];
export type TemplateBody = S["TemplateBody"];
export type TemplateVersion = S["TemplateVersion"];
export type PlanBody = S["PlanBody"];
export type Plan = S["Plan"];
export type PlanGroup = S["PlanGroup"];
export type PlanChange = S["PlanChange"];
export type Task = S["Task"];
export type Run = S["Run"];
export type LedgerRow = S["LedgerRow"];
export type AuditEntry = S["AuditEntry"];
export type Counts = S["Counts"];
export type Model = S["Model"];
export type Parameter = S["Parameter"];
export type Unclaimed = S["Unclaimed"];
export type Operator = S["Operator"];
export type OperatorBody = S["OperatorBody"];
export type Role = S["Role"];
export type RoleBody = S["RoleBody"];
export type Token = S["Token"];
export type TokenBody = S["TokenBody"];
export type Session = S["Session"];
export type System = S["System"];

/** Page is one page of a list. A total that is not exact is an estimate. */
export interface Page<T> {
  items: T[];
  next_cursor: string;
  total: number;
  total_exact: boolean;
}

/** ListQuery asks for one page; the other fields are the collection's filters. */
export interface ListQuery {
  limit?: number;
  cursor?: string;
  sort?: string;
  q?: string;
  [filter: string]: string | number | undefined;
}
