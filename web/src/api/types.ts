// The names that the console uses for what the API takes and answers. This is
// the only file that knows how the generated schema calls them.
import type { components, operations } from "./schema";

/**
 * Solid takes null away where the schema lets a list be null: the server always
 * sends a list, only its generated description cannot say so.
 */
export type Solid<T> = T extends (infer U)[]
  ? Solid<U>[]
  : T extends object
    ? { [K in keyof T]: NonNullable<T[K]> extends unknown[] ? Solid<NonNullable<T[K]>> : Solid<T[K]> }
    : T;

type S = components["schemas"];
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? Solid<B> : never;
type Named<N extends keyof operations> = Body<operations[N]>;

export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code?: string;
  retry_after?: number;
  errors?: { location?: string; message?: string }[];
  clash?: Clash;
}

/** Clash is where a phone stands whose MAC was given. */
export type Clash = Solid<S["Clash"]>;
export type Me = Solid<S["Me"]>;
export type Site = Solid<S["Site"]>;
export type LegacyFlag = Solid<S["LegacyFlag"]>;
export type SiteBody = Named<"create-site">;
export type Device = Solid<S["Device"]>;
export type DeviceBody = Named<"create-device">;
export type ReplaceBody = Named<"replace-device">;
export type Replaced = Solid<S["Replaced"]>;
export type Fit = Solid<S["Fit"]>;
export type FitKey = Solid<S["FitKey"]>;
export type Unfit = Solid<S["Unfit"]>;
export type DevicePatch = Named<"update-device">;
export type Config = Solid<S["Config"]>;
export type ConfigItem = Solid<S["ConfigItem"]>;
export type Setting = Pick<Solid<S["Item"]>, "key" | "value">;
export type Revision = Solid<S["Revision"]>;
export type SipServer = Solid<S["SIPServer"]>;
export type SipServerBody = Named<"create-sip-server">;
export type Account = Solid<S["Account"]>;
export type AccountBody = Named<"create-account">;
export type Template = Solid<S["Template"]>;
export type TemplateBody = Named<"create-template">;
export type TemplatePatch = Named<"update-template">;
export type TemplateVersion = Solid<S["TemplateVersion"]>;
export type PlanBody = Named<"create-plan">;
export type Plan = Solid<S["Plan"]>;
export type PlanGroup = Solid<S["PlanGroup"]>;
export type PlanChange = Solid<S["PlanChange"]>;
export type Task = Solid<S["Task"]>;
export type Run = Solid<S["Run"]>;
export type LedgerRow = Solid<S["Request"]>;
export type AuditEntry = Solid<S["AuditRow"]>;
export type Counts = Solid<S["Counts"]>;
export type Parameter = Solid<S["CatalogRow"]>;
export type Claim = Solid<S["Claim"]>;
export type Stranger = Solid<S["Stranger"]>;
export type AdoptionRule = Solid<S["AdoptionRule"]>;
export type AdoptionRuleBody = Solid<S["AdoptionBody"]>;
export type AdoptionMatch = AdoptionRule["match"];
export type DryRun = Solid<S["DryRun"]>;
export type Group = Solid<S["Group"]>;
export type Approval = Solid<S["Approval"]>;
export type Decided = Solid<S["Decided"]>;
export type SetUp = Solid<S["SetUp"]>;
export type SetUpCard = Solid<S["SetUpCard"]>;
export type Led = Solid<S["Led"]>;
export type AsItWas = Solid<S["AsItWas"]>;
export type Given = Solid<S["Given"]>;
export type LanClaimBody = Named<"claim-over-lan">;
export type PageKeyBody = Named<"give-device-back">;
export type Dhcp = Solid<S["DHCP"]>;
export type DhcpServer = NonNullable<operations["get-dhcp"]["parameters"]["query"]>["server"];
export type TrustedCa = Solid<S["TrustedCA"]>;
export type SeenSubjects = Solid<S["SeenSubjects"]>;
export type SeenSubject = Solid<S["SeenSubject"]>;
export type MacRule = Solid<S["MACRule"]>;
export type Alarm = Solid<S["Alarm"]>;
export type AlarmDetail = Solid<S["AlarmDetail"]>;
export type StoredFile = Solid<S["Resource"]>;
export type StoredFilePatch = Solid<S["ResourceBody"]>;
export type Lesson = Solid<S["Lesson"]>;
export type TakenLesson = Solid<S["TakenLesson"]>;
export type DoorPassword = Solid<S["DoorPassword"]>;
export type Command = Solid<S["Command"]>;
export type CommandBody = Named<"create-command">;
export type CommandOption = Solid<S["CommandOption"]>;
export type CommandResult = Solid<S["Result"]>;
export type Freeze = Solid<S["Freeze"]>;
export type Management = Solid<S["Management"]>;
export type Utterance = Solid<S["Utterance"]>;
export type Waterfall = Solid<S["Waterfall"]>;
export type Details = Solid<S["Details"]>;
export type Drifted = Solid<S["Drifted"]>;
export type SyncPlan = Solid<S["SyncPlan"]>;
export type WaterfallStep = Solid<S["WaterfallStep"]>;
export type DeviceEvent = Solid<S["DeviceEvent"]>;
export type Unclaimed = Solid<S["Unclaimed"]>;
export type Operator = Solid<S["Operator"]>;
export type OperatorBody = Named<"create-operator">;
export type OperatorPatch = Named<"update-operator">;
export type Grant = Solid<S["Grant"]>;
export type Role = Solid<S["Role"]>;
export type Token = Solid<S["Token"]>;
export type TokenBody = Named<"create-token">;
export type Session = Solid<S["Session"]>;
export type Redirection = Solid<S["RPS"]>;
export type RedirectionBody = Named<"create-rps">;
export type RedirectionPatch = Named<"update-rps">;
export type RedirectionDelivery = Solid<S["RPSDelivery"]>;

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
