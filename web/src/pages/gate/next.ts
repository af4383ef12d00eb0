// Where to go after signing in: only a path of this console, never another host.
export function safeNext(next: string | null, usual: string): string {
  return next && /^\/(?![/\\])/.test(next) ? next : usual;
}
