// The typed client and what every call shares: problem documents become
// ApiError, a lost session is announced once, changes carry If-Match.
import createClient from "openapi-fetch";
import type { paths } from "./schema";
import type { Page, Problem, Solid } from "./types";

/** ApiError is a refused or failed call; status 0 means that no answer came. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail || problem.title);
  }
  get code(): string {
    return this.problem.code ?? "";
  }
}

type Listener = () => void;
const signedOut = new Set<Listener>();

/** onSignedOut calls fn whenever the server says that the session is over. */
export function onSignedOut(fn: Listener): () => void {
  signedOut.add(fn);
  return () => signedOut.delete(fn);
}

export const api = createClient<paths>({ baseUrl: "", fetch: (request) => fetch(request) });

interface Answer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

function problemOf(error: unknown, response: Response): Problem {
  if (error && typeof error === "object" && "title" in error) return error as Problem;
  return { title: response.statusText || String(response.status), status: response.status };
}

/** take unwraps an answer of the client into its body, or throws ApiError. */
export async function take<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<Solid<T>> {
  let answer: Answer;
  try {
    answer = await call;
  } catch (cause) {
    throw new ApiError(0, { title: "network", status: 0, detail: cause instanceof Error ? cause.message : "" });
  }
  const { data, error, response } = answer;
  if (response.ok) return data as Solid<T>;
  if (response.status === 401) signedOut.forEach((fn) => fn());
  throw new ApiError(response.status, problemOf(error, response));
}

/** page makes a list's answer safe to read: an absent list is an empty one. */
export function page<T>(answer: {
  items?: T[] | null;
  next_cursor?: string;
  total?: number;
  total_exact?: boolean;
}): Page<T> {
  const items = answer.items ?? [];
  return {
    items,
    next_cursor: answer.next_cursor ?? "",
    total: answer.total ?? items.length,
    total_exact: answer.total_exact ?? true,
  };
}

/** ifMatch is the header that makes a change fail where somebody was quicker. */
export function ifMatch(version: number): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}

/** once is the header under which a repeated POST has one effect. */
export function once(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": crypto.randomUUID() };
}
