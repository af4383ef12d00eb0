// Times come as RFC 3339 UTC and are shown in the viewer's zone.

/** viewerZone is the IANA name of the browser's zone, "Europe/Madrid". */
export function viewerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** isTime tells a real moment from null, "" and the zero time. */
export function isTime(at: string | null | undefined): at is string {
  return !!at && !at.startsWith("0001-") && !Number.isNaN(Date.parse(at));
}

/** localeOf gives the viewer's own flavour of a language: "en-GB" rather than "en". */
export function localeOf(lang: string, wanted: readonly string[] = navigator.languages): string {
  return wanted.find((tag) => tag === lang || tag.startsWith(`${lang}-`)) ?? lang;
}

/** clockTime shows date and time to the second in the viewer's zone; the year where it is another. */
export function clockTime(at: string, locale: string, now = Date.now()): string {
  const date = new Date(at);
  const year = date.getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  const parts = { year, month: "short", day: "numeric", hour: "numeric", minute: "2-digit", second: "2-digit" } as const;
  return new Intl.DateTimeFormat(locale, parts).format(date);
}

/** utcTime shows the same moment in UTC: "2031-04-02 08:15:30 UTC". */
export function utcTime(at: string): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** ago shows how long before now the moment was: "3 min. ago". */
export function ago(at: string, now: number, lang: string): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const format = new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "short" });
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size || size === 1) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}
