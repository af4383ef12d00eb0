import { useQuery } from "@tanstack/react-query";
import { templates } from "../../api/calls";
import type { Template } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";

/** useModelTemplates gives the saved templates for models. */
export function useModelTemplates(): Template[] {
  const { org } = useScope();
  const { data } = useQuery({
    queryKey: keys.list(org.id, "templates", "for models"),
    queryFn: () => templates.list(org.id, { kind: "model", limit: 200 }),
    staleTime: 30_000,
  });
  return (data?.items ?? []).filter((one) => one.kind === "model" && one.latest > 0);
}

/** fitting are the templates that a phone of this make and model can have; every one where nothing is known. */
export function fitting(all: Template[], vendor: string, model: string): Template[] {
  return all.filter((one) => (!vendor || one.vendor === vendor) && (!model || !one.model || one.model === model));
}

/** automatic is the template that a phone gets by itself at its first contact, as far as its model tells. */
export function automatic(all: Template[], vendor: string, model: string): Template | undefined {
  const own = fitting(all, vendor, model).filter((one) => one.auto === "all" && vendor !== "");
  return own.find((one) => one.model === model) ?? own.find((one) => one.model === "");
}
