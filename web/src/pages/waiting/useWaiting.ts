import { useCallback } from "react";
import { catalog, claims, devices, unclaimed, waiting } from "../../api/calls";
import type { Device, ListQuery, Page } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useSites } from "../../app/useSites";
import { gatherWaiting, waitingWords, type WaitingRow } from "../../lib/waiting";
import { slicePage } from "../../lib/slice";

const most = 2_000;

async function allOf(org: string, query: ListQuery): Promise<Device[]> {
  const found: Device[] = [];
  let cursor: string | undefined;
  do {
    const part = await devices.list(org, { ...query, limit: 200, cursor });
    found.push(...part.items);
    cursor = part.next_cursor || undefined;
  } while (cursor && found.length < most);
  return found;
}

/** useWaitingRows gives a function that reads all that waits, within the site in view. */
export function useWaitingRows(): () => Promise<WaitingRow[]> {
  const { org, site } = useScope();
  const pooled = useCan("unclaimed.read");
  const sites = useSites();
  return useCallback(async () => {
    const inView = new Set(below(sites, site));
    const fits = (id: string) => !site || inView.has(id);
    const where = site ? { site } : {};
    const [strangers, pool, held, shut, asked, models] = await Promise.all([
      waiting.strangers(org.id),
      pooled ? unclaimed.list({ limit: 200 }) : { items: [] },
      allOf(org.id, { ...where, life: "waiting" }),
      allOf(org.id, { ...where, life: "quarantined" }),
      claims.list(org.id),
      catalog.models(),
    ]);
    return gatherWaiting({
      strangers: strangers.items.filter((one) => fits(one.site_id)),
      pool: site ? [] : pool.items,
      devices: [...held, ...shut],
      claims: asked.items,
      models: new Set(models.items.map((one) => one.name)),
    });
  }, [org.id, site, pooled, sites]);
}

function below(sites: { id: string; parent_id: string }[], top: string): string[] {
  return [top, ...sites.filter((one) => one.parent_id === top).flatMap((one) => below(sites, one.id))];
}

/** narrow applies a list's filters to what waits; what is decided shows only where it is asked for. */
export function narrow(rows: WaitingRow[], query: ListQuery): WaitingRow[] {
  const { kind, door } = query;
  return rows.filter((row) => (kind ? row.kind === kind : row.kind !== "decided") && (!door || row.door === door));
}

/** pageOf cuts one page of what waits. */
export function pageOf(rows: WaitingRow[], query: ListQuery): Page<WaitingRow> {
  const items = narrow(rows, query);
  return slicePage({ items, next_cursor: "", total: items.length, total_exact: true }, query, waitingWords);
}

/** waitingKey names what waits in the cache. */
export function waitingKey(org: string, ...rest: unknown[]) {
  return keys.list(org, "waiting", ...rest);
}
