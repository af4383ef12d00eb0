// The parameter catalog as a list of keys: a pattern with {n} is one key for
// each index.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { catalog } from "../api/calls";
import type { Parameter } from "../api/types";
import type { ValueSpec } from "./value";

export interface KnownKey {
  key: string;
  label: string;
  help: string;
  page: string;
  section: string;
  reboot: boolean;
  lineOwned: boolean;
  spec: ValueSpec;
}

const free: ValueSpec = { type: "text", options: [], ranges: [], unit: "", default: null, secret: false };

/** expand makes a key that no catalog knows: any text. */
export function expand(key: string): KnownKey {
  return { key, label: key, help: "", page: "", section: "", reboot: false, lineOwned: false, spec: free };
}

/** keysOf lists the keys of a parameter: one, or one for each index from 1. */
export function keysOf(parameter: Parameter): KnownKey[] {
  const fill = (text: string, n: number) => text.replaceAll("{n}", String(n));
  const indexes = parameter.count > 0 ? Array.from({ length: parameter.count }, (_, i) => i + 1) : [0];
  return indexes.map((n) => ({
    key: fill(parameter.key_pattern, n),
    label: fill(parameter.label, n),
    help: fill(parameter.help, n),
    page: fill(parameter.page, n),
    section: fill(parameter.section, n),
    reboot: parameter.reboot,
    lineOwned: parameter.line_owned,
    spec: {
      type: parameter.type,
      options: parameter.options ?? [],
      ranges: parameter.ranges ?? [],
      unit: parameter.unit,
      default: parameter.default,
      secret: parameter.secret,
    },
  }));
}

/** useCatalog reads the catalog of a vendor, or of one model; it does not change while the program runs. */
export function useCatalog(vendor: string, model: string) {
  const query = { vendor: vendor || undefined, model: model || undefined };
  return useQuery({
    queryKey: ["global", "parameters", query],
    queryFn: () => catalog.parameters(query),
    staleTime: Infinity,
  });
}

/** useKeys lists the catalog's keys that hold all words of q. */
export function useKeys(parameters: Parameter[] | undefined, q: string): KnownKey[] {
  const all = useMemo(() => (parameters ?? []).flatMap(keysOf), [parameters]);
  return useMemo(() => {
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    return all.filter((one) => {
      const text = `${one.key} ${one.label} ${one.section} ${one.page}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }, [all, q]);
}
