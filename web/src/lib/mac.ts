// MAC addresses: any form in, the form the viewer likes out.

export const macFormats = ["colon", "dash", "dot", "plain", "upper"] as const;
export type MacFormat = (typeof macFormats)[number];

/** parseMac gives twelve lower hex digits, or null where s is no MAC address. */
export function parseMac(s: string): string | null {
  const trimmed = s.trim().toLowerCase();
  if (!/^[0-9a-f]{2}([-:.\s]?[0-9a-f]{2}){5}$/.test(trimmed)) return null;
  return trimmed.replace(/[^0-9a-f]/g, "");
}

/** formatMac spells twelve hex digits; what is no MAC comes back as it is. */
export function formatMac(mac: string, format: MacFormat = "colon"): string {
  if (!/^[0-9a-f]{12}$/.test(mac)) return mac;
  const pairs = mac.match(/../g) ?? [];
  switch (format) {
    case "colon":
      return pairs.join(":");
    case "dash":
      return pairs.join("-").toUpperCase();
    case "dot":
      return (mac.match(/.{4}/g) ?? []).join(".");
    case "upper":
      return mac.toUpperCase();
    case "plain":
      return mac;
  }
}
