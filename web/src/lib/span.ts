/** spanText tells a length of time in the unit that people read: "240 ms", "3.2 s", "5 min", "2 h". */
export function spanText(millis: number, locale: string): string {
  const steps = [
    ["millisecond", 1, 1_000],
    ["second", 1_000, 60_000],
    ["minute", 60_000, 3_600_000],
    ["hour", 3_600_000, 86_400_000],
    ["day", 86_400_000, Infinity],
  ] as const;
  const [unit, per] = steps.find(([, , below]) => millis < below) ?? steps[0];
  const value = millis / per;
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow", maximumFractionDigits: value < 10 && unit !== "millisecond" ? 1 : 0 }).format(value);
}
