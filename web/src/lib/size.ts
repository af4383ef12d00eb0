const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** sizeText tells a number of bytes in the unit that people read, "12.4 MB". */
export function sizeText(bytes: number, locale: string): string {
  let [value, at] = [bytes, 0];
  while (value >= 1000 && at < units.length - 1) [value, at] = [value / 1000, at + 1];
  const digits = at === 0 || value >= 100 ? 0 : 1;
  return new Intl.NumberFormat(locale, { style: "unit", unit: units[at], unitDisplay: "short", maximumFractionDigits: digits }).format(value);
}
