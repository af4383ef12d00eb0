// The live stream of one organization. An event says only what changed; what is
// on the screen is asked for again, and after a gap everything is.
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { keys } from "./query";

export type Live = "connecting" | "live" | "lost";
const Context = createContext<Live>("connecting");

/** useLive tells whether changes arrive by themselves at the moment. */
export function useLive(): Live {
  return useContext(Context);
}

// What an operator sees as one list may be several collections to the server.
const shownAs: Record<string, string> = { runs: "tasks", revisions: "devices", commands: "devices", twins: "devices" };
// Lists that are made of several collections go stale with each of them.
const feeds: Record<string, string[]> = {
  devices: ["counts", "waiting"],
  unclaimed: ["waiting"],
  tasks: ["counts"],
  alarms: ["counts"],
};
// The first change after a rest shows at once, those that follow are gathered.
const soon = 60;
const gather = 700;
const longest = 30_000;

interface Change {
  collection: string;
  id: string;
}

function refetch(client: QueryClient, org: string, changes: Map<string, Set<string>>): void {
  // "*" stands for more changes than the server kept apart.
  if (changes.has("*")) {
    void client.invalidateQueries({ queryKey: keys.org(org) });
    return;
  }
  for (const [collection, ids] of changes) {
    void client.invalidateQueries({ queryKey: keys.list(org, collection) });
    void client.invalidateQueries({
      queryKey: [...keys.all(org, collection), "one"],
      predicate: ({ queryKey }) => {
        const name = String(queryKey[4]);
        const held = client.getQueryData<{ id?: string }>(keys.one(org, collection, name));
        return ids.has(name) || ids.has(held?.id ?? "") || ids.has("");
      },
    });
    for (const fed of feeds[collection] ?? []) {
      void client.invalidateQueries({ queryKey: keys.all(org, fed) });
    }
  }
}

class Stream {
  private source: EventSource | null = null;
  private timer = 0;
  private retry = 0;
  private gap = false;
  private changes = new Map<string, Set<string>>();
  private flusher = 0;
  private flushed = -gather;

  constructor(
    private readonly client: QueryClient,
    private readonly org: string,
    private readonly say: (live: Live) => void,
  ) {
    this.open();
  }

  private open(): void {
    this.source = new EventSource(`/api/v1/orgs/${this.org}/events`);
    this.source.addEventListener("hello", () => this.hello());
    this.source.addEventListener("change", (event) => this.change(event));
    this.source.onerror = () => this.lost();
  }

  private hello(): void {
    this.retry = 0;
    this.say("live");
    if (this.gap) void this.client.invalidateQueries({ queryKey: keys.org(this.org) });
    this.gap = false;
  }

  private change(event: Event): void {
    const { collection, id } = JSON.parse(String((event as MessageEvent).data)) as Change;
    const shown = shownAs[collection] ?? collection;
    // A part's id is not the id of the whole it is shown in: refetch any of them.
    const ids = this.changes.get(shown) ?? new Set<string>();
    this.changes.set(shown, ids.add(shown === collection ? id : ""));
    if (this.flusher) return;
    const wait = Math.max(soon, this.flushed + gather - performance.now());
    this.flusher = window.setTimeout(() => {
      this.flusher = 0;
      this.flushed = performance.now();
      const batch = this.changes;
      this.changes = new Map();
      refetch(this.client, this.org, batch);
    }, wait);
  }

  private lost(): void {
    this.source?.close();
    this.gap = true;
    // The server ends a stream every few minutes; one quick try says nothing to the operator.
    if (this.retry > 0) {
      this.say("lost");
      void this.client.invalidateQueries({ queryKey: ["session"] });
    }
    const wait = Math.min(longest, 400 * 2 ** this.retry) * (0.75 + Math.random() / 2);
    this.retry += 1;
    this.timer = window.setTimeout(() => this.open(), wait);
  }

  close(): void {
    this.source?.close();
    window.clearTimeout(this.timer);
    window.clearTimeout(this.flusher);
  }
}

/** EventsProvider keeps the stream of org open and the cache fresh. */
export function EventsProvider({ org, children }: { org: string; children: ReactNode }) {
  const client = useQueryClient();
  const [live, setLive] = useState<Live>("connecting");
  useEffect(() => {
    const stream = new Stream(client, org, setLive);
    return () => stream.close();
  }, [client, org]);
  return <Context.Provider value={live}>{children}</Context.Provider>;
}
