// Which organization and site the operator looks at. The URL says it where it
// is not the only one, so that a copied link opens on the same things.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Me } from "../api/types";
import { usePref } from "./prefs";
import { useMe } from "./session";

type Org = Me["orgs"][number];

interface Scope {
  org: Org;
  orgs: Org[];
  site: string;
  setOrg: (id: string) => void;
  setSite: (id: string) => void;
}

const Context = createContext<Scope | null>(null);

function pick(orgs: Org[], wanted: string | null): Org | undefined {
  return orgs.find((org) => org.slug === wanted || org.id === wanted);
}

/** ScopeProvider works out the scope; none stands for an operator without organization. */
export function ScopeProvider({ children, none }: { children: ReactNode; none: ReactNode }) {
  const me = useMe();
  const orgs = useMemo(() => me.orgs ?? [], [me.orgs]);
  const [params, setParams] = useSearchParams();
  const [storedOrg, storeOrg] = usePref("org", "");
  const [sites, storeSites] = usePref<Record<string, string>>("site", {});
  const org = pick(orgs, params.get("org")) ?? pick(orgs, storedOrg) ?? orgs[0];
  const orgId = org?.id ?? "";
  const slug = org?.slug ?? "";
  const site = params.get("site") ?? sites[orgId] ?? "";
  const many = orgs.length > 1;

  useEffect(() => {
    if (orgId && storedOrg !== slug) storeOrg(slug);
    const wantOrg = many && params.get("org") !== slug;
    const wantSite = site !== "" && params.get("site") !== site;
    if (!orgId || (!wantOrg && !wantSite)) return;
    setParams(
      (old) => {
        const next = new URLSearchParams(old);
        if (wantOrg) next.set("org", slug);
        if (wantSite) next.set("site", site);
        return next;
      },
      { replace: true },
    );
  }, [orgId, slug, storedOrg, storeOrg, many, site, params, setParams]);

  const setOrg = useCallback(
    (id: string) => {
      const next = orgs.find((one) => one.id === id);
      if (next) setParams({ org: next.slug });
    },
    [orgs, setParams],
  );
  const setSite = useCallback(
    (id: string) => {
      storeSites({ ...sites, [orgId]: id });
      setParams((old) => {
        const next = new URLSearchParams(old);
        if (id) next.set("site", id);
        else next.delete("site");
        return next;
      });
    },
    [sites, storeSites, orgId, setParams],
  );
  const value = useMemo(
    () => (org ? { org, orgs, site, setOrg, setSite } : null),
    [org, orgs, site, setOrg, setSite],
  );
  if (!value) return none;
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

/** useScope gives the organization and site in view. */
export function useScope(): Scope {
  const scope = useContext(Context);
  if (!scope) throw new Error("useScope is used outside ScopeProvider");
  return scope;
}

/** useCan tells whether the operator probably may; the server has the last word. */
export function useCan(permission: string): boolean {
  const me = useMe();
  const scope = useContext(Context);
  if (me.platform) return true;
  const hints = me.permissions_hint ?? {};
  const held = scope ? (hints[scope.org.id] ?? []) : Object.values(hints).flat();
  return held.includes(permission);
}
