// What an operator likes, kept in this browser per operator.
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const owner = { id: "" };

/** setPrefsOwner names the operator whose preferences are read from now on. */
export function setPrefsOwner(id: string): void {
  if (owner.id === id) return;
  owner.id = id;
  listeners.forEach((fn) => fn());
}

// The two looks of the sign-in page belong to the browser, not to an operator.
const shared = new Set(["theme", "lang"]);
const keyOf = (name: string) => `bellwether:${shared.has(name) ? "" : owner.id}:${name}`;

function read(name: string): string | null {
  try {
    return localStorage.getItem(keyOf(name));
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(keyOf(name), value);
  } catch {
    // A full or forbidden storage loses the preference, nothing else.
  }
  listeners.forEach((fn) => fn());
}

function subscribe(fn: () => void): () => void {
  listeners.add(fn);
  addEventListener("storage", fn);
  return () => {
    listeners.delete(fn);
    removeEventListener("storage", fn);
  };
}

/** readPref gives a preference outside React, or fallback. */
export function readPref<T>(name: string, fallback: T): T {
  return parse(read(name), fallback);
}

function parse<T>(raw: string | null, fallback: T): T {
  if (raw === null) return fallback;
  try {
    return JSON.parse(raw) as T;
  } catch {
    return fallback;
  }
}

/** usePref is useState that outlives the page; all users of a name move together. */
export function usePref<T>(name: string, fallback: T): [T, (value: T) => void] {
  const raw = useSyncExternalStore(subscribe, () => read(name));
  const set = useCallback((value: T) => write(name, JSON.stringify(value)), [name]);
  return [parse(raw, fallback), set];
}
