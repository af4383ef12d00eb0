import { useQuery } from "@tanstack/react-query";
import { sites } from "../api/calls";
import type { Site } from "../api/types";
import { keys } from "./query";
import { useScope } from "./scope";

/** useSites gives all sites of the organization, parents before their children. */
export function useSites(): Site[] {
  const { org } = useScope();
  const { data } = useQuery({
    queryKey: keys.list(org.id, "sites", "all"),
    queryFn: () => sites.list(org.id),
    staleTime: 60_000,
  });
  return byTree(data?.items ?? []);
}

/** byTree sorts sites depth first, siblings by name. */
export function byTree(items: Site[]): Site[] {
  const ids = new Set(items.map((site) => site.id));
  const children = new Map<string, Site[]>();
  for (const site of items) {
    const parent = ids.has(site.parent_id) ? site.parent_id : "";
    children.set(parent, [...(children.get(parent) ?? []), site]);
  }
  const walk = (parent: string): Site[] =>
    (children.get(parent) ?? [])
      .sort((a, b) => a.name.localeCompare(b.name))
      .flatMap((site) => [site, ...walk(site.id)]);
  return walk("");
}

/** useSiteOptions gives the sites for a choice, indented by their depth. */
export function useSiteOptions() {
  return useSites().map((site) => ({
    value: site.id,
    label: `${"\u2003".repeat(Math.max(0, (site.path?.length ?? 1) - 1))}${site.name}`,
    title: (site.path ?? []).join(" / "),
  }));
}
