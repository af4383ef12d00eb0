import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { adoption, groups } from "../../api/calls";
import type { AdoptionMatch, AdoptionRule, AdoptionRuleBody } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useExplain } from "../../components/Blank";

/** useGroups gives the groups of the organization. */
export function useGroups() {
  const { org } = useScope();
  const { data } = useQuery({
    queryKey: keys.list(org.id, "groups", "choices"),
    queryFn: () => groups.list(org.id, { limit: 200 }),
    staleTime: 30_000,
  });
  return data?.items ?? [];
}

/** swapped are the changes that put a rule one place up or down; the positions are counted anew. */
export function swapped(rules: AdoptionRule[], id: string, by: -1 | 1): { rule: AdoptionRule; position: number }[] {
  const order = [...rules];
  const from = order.findIndex((one) => one.id === id);
  const [moved] = order.splice(from, 1);
  if (!moved || from + by < 0 || from + by > order.length) return [];
  order.splice(from + by, 0, moved);
  return order.map((rule, position) => ({ rule, position })).filter(({ rule, position }) => rule.position !== position);
}

/** useChange changes rules one after the other. */
export function useChange() {
  const { org } = useScope();
  const client = useQueryClient();
  const explain = useExplain();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: async (all: { rule: AdoptionRule; body: AdoptionRuleBody }[]) => {
      for (const { rule, body } of all) await adoption.update(org.id, rule.id, rule.version, body);
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.org(org.id) }),
    onError: (error) => void message.error(explain(error), 6),
  });
}

/** useWho gives a function that says in short texts whom a rule means. */
export function useWho(): (match: AdoptionMatch) => string[] {
  const { t } = useTranslation();
  return (match) => who(match, t);
}

function who(match: AdoptionMatch, t: TFunction): string[] {
  const one = (text: string | undefined, key: string) => (text ? [t(`rules.who.${key}`, { text })] : []);
  return [
    ...one(match.vendor, "vendor"),
    ...one(match.model, "model"),
    ...one(match.subnets?.join(", "), "subnets"),
    ...one(match.macs?.join(", "), "macs"),
    ...one(match.subject, "subject"),
    ...(match.certificate ? [t("rules.who.certificate")] : []),
  ];
}
