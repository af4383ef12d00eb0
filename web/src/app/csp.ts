// The server's content security policy allows only style elements that carry
// the nonce of this very page.

/** nonce is what the server put into index.html; "" where nobody did (development). */
export const nonce = readNonce();

function readNonce(): string {
  const content = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
  return content.startsWith("__") ? "" : content;
}

/**
 * lendNonce gives the nonce to every style element made from now on. Ant Design
 * does so itself, but the dialogs' scroll lock underneath it does not.
 */
export function lendNonce(): void {
  if (!nonce) return;
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
}
