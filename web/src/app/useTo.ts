import { useCallback } from "react";
import { useScope } from "./scope";

/** useTo makes addresses that keep the organization and site in view. */
export function useTo(): (path: string) => string {
  const { org, orgs, site } = useScope();
  const many = orgs.length > 1;
  return useCallback(
    (path: string) => {
      const [name = "", search = ""] = path.split("?");
      const params = new URLSearchParams(search);
      if (many) params.set("org", org.slug);
      if (site) params.set("site", site);
      const text = params.toString();
      return text ? `${name}?${text}` : name;
    },
    [org.slug, many, site],
  );
}
