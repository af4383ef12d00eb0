// The query client and the names of what it holds.
import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/client";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
    mutations: { retry: false },
  },
});

/** keys names cached answers so that an event can find those it makes stale. */
export const keys = {
  org: (org: string) => ["org", org] as const,
  all: (org: string, collection: string) => ["org", org, collection] as const,
  list: (org: string, collection: string, ...rest: unknown[]) => ["org", org, collection, "list", ...rest] as const,
  one: (org: string, collection: string, id: string, ...rest: unknown[]) =>
    ["org", org, collection, "one", id, ...rest] as const,
};
