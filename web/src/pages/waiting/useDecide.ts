import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { waiting } from "../../api/calls";
import type { Approval, Decided } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { approvalOf, type WaitingRow } from "../../lib/waiting";
import type { Outcome } from "./Outcomes";

const atOnce = 500;

export type Choice = Omit<Approval, "device" | "claim" | "address">;

/** useDecide gives a function that approves or refuses rows, five hundred with each call, and tells what became of each. */
export function useDecide() {
  const { org } = useScope();
  const client = useQueryClient();
  return useCallback(
    async (how: "approve" | "reject", rows: WaitingRow[], choose: (row: WaitingRow) => Choice = () => ({})): Promise<Outcome> => {
      const decided: Decided[] = [];
      for (let at = 0; at < rows.length; at += atOnce) {
        const part = rows.slice(at, at + atOnce).map((row) => ({ ...approvalOf(row), ...choose(row) }));
        decided.push(...(await waiting.decide(org.id, how, part)).items);
      }
      void client.invalidateQueries({ queryKey: keys.org(org.id) });
      return { how, decided, macs: Object.fromEntries(rows.map((row) => [row.deviceId || row.mac, row.mac])) };
    },
    [org.id, client],
  );
}
