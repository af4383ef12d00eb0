import { useQuery, useQueryClient } from "@tanstack/react-query";
import { commands, freezes, management } from "../../api/calls";
import type { Device } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";

// How long it takes until a phone comes by itself shrinks as time goes by, and a
// switch that holds phones back is told to nobody.
const again = 15_000;

/** useOptions tells which commands can reach a phone, and how. */
export function useOptions(device: Device) {
  const { org } = useScope();
  return useQuery({
    queryKey: keys.one(org.id, "devices", device.mac, "command-options"),
    queryFn: () => commands.options(org.id, device.id),
    refetchInterval: again,
  });
}

/** useFreezes lists what holds a phone back, the widest first. */
export function useFreezes(device: Device) {
  const { org } = useScope();
  return useQuery({
    queryKey: keys.one(org.id, "devices", device.mac, "freezes"),
    queryFn: () => freezes.ofPhone(org.id, device.id),
    refetchInterval: again,
  });
}

/** useManagement reads what a phone told its manager of itself. */
export function useManagement(device: Device) {
  const { org } = useScope();
  return useQuery({
    queryKey: keys.one(org.id, "devices", device.mac, "management"),
    queryFn: () => management.get(org.id, device.id),
  });
}

/** useConversation reads what a phone and its manager said to each other last. */
export function useConversation(device: Device) {
  const { org } = useScope();
  return useQuery({
    queryKey: keys.one(org.id, "devices", device.mac, "conversation"),
    queryFn: () => management.conversation(org.id, device.id),
  });
}

/** useStale asks again for everything of a phone. */
export function useStale(device: Device): () => Promise<void> {
  const { org } = useScope();
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keys.one(org.id, "devices", device.mac) });
}
