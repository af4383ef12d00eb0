import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { devices } from "../../api/calls";
import type { Config, Device, Setting } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { draftChanges } from "../../lib/value";

/** usePhone reads one phone by its MAC, and once it is known by its id: its hardware may be replaced meanwhile. */
export function usePhone(mac: string) {
  const { org } = useScope();
  const client = useQueryClient();
  const key = keys.one(org.id, "devices", mac);
  return useQuery({ queryKey: key, queryFn: () => devices.get(org.id, client.getQueryData<Device>(key)?.id ?? mac) });
}

/** useConfig reads a phone's effective configuration and its draft. */
export function useConfig({ id, mac }: Pick<Device, "id" | "mac">) {
  const { org } = useScope();
  return useQuery({
    queryKey: keys.one(org.id, "devices", mac, "config"),
    queryFn: () => devices.config(org.id, id),
  });
}

/** useDraft changes the draft of a phone's overrides; no phone changes by it. */
export function useDraft(device: Device, config: Config | undefined) {
  const { org } = useScope();
  const client = useQueryClient();
  const key = keys.one(org.id, "devices", device.mac, "config");
  const draft = config?.overrides_draft ?? [];
  const save = useMutation({
    mutationFn: (items: Setting[]) => devices.putOverrides(org.id, device.id, config?.overrides_version ?? 0, items),
    onSuccess: (kept) =>
      client.setQueryData<Config>(
        key,
        (old) => old && { ...old, overrides_draft: kept.items, overrides_version: kept.version },
      ),
    onError: () => void client.invalidateQueries({ queryKey: key }),
  });
  const without = (name: string) => draft.filter((setting) => setting.key !== name);
  const changes = draftChanges(config?.items ?? [], draft);
  return {
    draft,
    changes,
    save,
    set: (name: string, value: string) => save.mutateAsync([...without(name), { key: name, value }]),
    remove: (name: string) => save.mutateAsync(without(name)),
    /** undo takes one key of the draft back to what is bound. */
    undo: (name: string) => {
      const change = changes.find((one) => one.key === name);
      if (!change) return Promise.resolve(undefined);
      return save.mutateAsync(
        change.kind === "set" ? without(name) : [...without(name), { key: name, value: change.from }],
      );
    },
    discard: () => {
      const bound = changes.reduce(
        (items, change) => {
          const rest = items.filter((setting) => setting.key !== change.key);
          return change.kind === "set" ? rest : [...rest, { key: change.key, value: change.from }];
        },
        [...draft],
      );
      return save.mutateAsync(bound);
    },
  };
}

export type Draft = ReturnType<typeof useDraft>;
