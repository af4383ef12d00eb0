// Who is signed in. Everything below RequireSession may rely on an operator.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import { Navigate, useLocation } from "react-router";
import { session } from "../api/calls";
import { ApiError, onSignedOut } from "../api/client";
import type { Me } from "../api/types";
import { Loading, Problem } from "../components/Blank";
import { setPrefsOwner } from "./prefs";

const Context = createContext<Me | null>(null);

async function readSession(): Promise<Me | null> {
  try {
    return await session.get();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** useSessionQuery asks who is signed in; null is nobody. */
export function useSessionQuery() {
  return useQuery({ queryKey: ["session"], queryFn: readSession, staleTime: 60_000 });
}

/** RequireSession shows its children to a signed-in operator, others the sign-in page. */
export function RequireSession({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { pathname, search } = useLocation();
  const query = useSessionQuery();
  useEffect(() => onSignedOut(() => client.setQueryData(["session"], null)), [client]);
  if (query.isPending) return <Loading />;
  if (query.isError) return <Problem error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) {
    const next = pathname === "/" && !search ? "" : `?next=${encodeURIComponent(pathname + search)}`;
    return <Navigate to={`/sign-in${next}`} replace />;
  }
  setPrefsOwner(query.data.operator.id);
  return <Context.Provider value={query.data}>{children}</Context.Provider>;
}

/** useMe gives the signed-in operator. */
export function useMe(): Me {
  const me = useContext(Context);
  if (!me) throw new Error("useMe is used outside RequireSession");
  return me;
}
