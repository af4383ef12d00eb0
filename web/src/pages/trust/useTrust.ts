import { useQueries, useQuery } from "@tanstack/react-query";
import { trust } from "../../api/calls";
import type { SeenSubject, TrustedCa } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useMe } from "../../app/session";

/** trustKey names the CAs of an organization, or with "" those of the platform. */
export function trustKey(org: string, ...rest: unknown[]) {
  return org ? keys.list(org, "trusted-cas", ...rest) : ["global", "trusted-cas", ...rest];
}

/** subjectsKey names the certificates that a CA signed; they do not go stale with the list of CAs. */
export function subjectsKey(ca: PlacedCa) {
  return ["trusted-ca", ca.place, ca.id, "subjects"] as const;
}

/** PlacedCa is a CA with where it belongs: an organization, or "" for the platform. */
export interface PlacedCa extends TrustedCa {
  place: string;
}

/** useTrustedCas gives the CAs that the operator may see, those of the platform first. */
export function useTrustedCas() {
  const { org } = useScope();
  const me = useMe();
  const may = useCan("org.read");
  const platform = useQuery({ queryKey: trustKey(""), queryFn: () => trust.list(""), enabled: me.platform, refetchInterval: 10_000 });
  const own = useQuery({ queryKey: trustKey(org.id), queryFn: () => trust.list(org.id), enabled: may, refetchInterval: 10_000 });
  const placed = (place: string, list: TrustedCa[] = []): PlacedCa[] => list.map((ca) => ({ ...ca, place }));
  return {
    cas: [...placed("", platform.data?.items), ...placed(org.id, own.data?.items)],
    pending: (me.platform && platform.isPending) || (may && own.isPending),
    error: own.error ?? platform.error,
    refetch: () => void Promise.all([me.platform && platform.refetch(), may && own.refetch()]),
  };
}

/** useSubject finds the certificate that a phone showed among those that the CAs signed. */
export function useSubject(subject: string): { ca: PlacedCa; seen: SeenSubject } | null {
  const { cas } = useTrustedCas();
  const asked = cas.filter((ca) => ca.subjects > 0);
  const lists = useQueries({
    queries: asked.map((ca) => ({
      queryKey: subjectsKey(ca),
      queryFn: () => trust.subjects(ca.place, ca.id),
      enabled: subject !== "",
      refetchInterval: 10_000,
    })),
  });
  for (const [i, ca] of asked.entries()) {
    const seen = lists[i]?.data?.items.find((one) => one.subject === subject);
    if (seen) return { ca, seen };
  }
  return null;
}
