// Keyboard shortcuts of one key ("/", "j") or two ("g p"). They rest while the
// operator types or a dialog is open, and can be switched off (WCAG 2.1.4).
import { useEffect, useRef } from "react";
import { readPref } from "./prefs";

type Handler = (event: KeyboardEvent) => void;
type Bindings = Record<string, Handler>;

const layers: { current: Bindings }[] = [];
const patience = 1_200;
const typed = { prefix: "", at: 0 };

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || !!target.closest("input:not([type=checkbox]), textarea, select, [role=combobox]");
}

function isDialogOpen(): boolean {
  return !!document.querySelector("[role=dialog][aria-modal=true]");
}

function find(combo: string): Handler | undefined {
  for (let i = layers.length - 1; i >= 0; i--) {
    const handler = layers[i]?.current[combo];
    if (handler) return handler;
  }
  return undefined;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || isDialogOpen() || !readPref("hotkeys", true)) return;
  const prefix = event.timeStamp - typed.at < patience ? typed.prefix : "";
  typed.prefix = "";
  const handler = prefix ? find(`${prefix} ${event.key}`) : find(event.key);
  if (handler) {
    event.preventDefault();
    handler(event);
    return;
  }
  if (!prefix && event.key === "g") {
    typed.prefix = event.key;
    typed.at = event.timeStamp;
  }
}

/** listenForHotkeys starts the one listener of the page. */
export function listenForHotkeys(): () => void {
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}

/** useHotkeys binds keys while the component is on the page; the last one wins. */
export function useHotkeys(bindings: Bindings): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    layers.push(latest);
    return () => void layers.splice(layers.indexOf(latest), 1);
  }, []);
}
