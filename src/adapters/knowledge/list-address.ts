import { printable } from "../../core/quoted.ts";

export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * Plain HTTP only to this very machine, such as a mirror beside the program, and only for whoever asked for that: a server
 * elsewhere redirects nobody here.
 * @param first the URL that was given, before redirects
 */
export function mayBeAsked({ protocol, hostname }: URL, first: string): boolean {
  if (protocol === "https:") return true;
  return protocol === "http:" && /^http:/i.test(first) && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
}

/** A path as it is; a URL without its user, password, values of its query and fragment: tokens hide in all of them. */
export function shown(source: string): string {
  if (!isUrl(source) || !URL.canParse(source)) return printable(source);
  const url = new URL(source);
  const secret = url.username === "" && url.password === "" ? "" : "***@";
  const query = [...new Set(url.searchParams.keys())].map((key) => `${key}=***`).join("&");
  return printable(`${url.protocol}//${secret}${url.host}${url.pathname}${query === "" ? "" : `?${query}`}`);
}

/** What the source is called where it does not say: its last part without extension. */
export function titleOf(source: string): string {
  const path = isUrl(source) && URL.canParse(source) ? new URL(source).pathname : source;
  const last = path.split(/[/\\]/).findLast((part) => part !== "") ?? source;
  return last.replace(/(\.(txt|csv|json|ya?ml|netset|ipset|list|gz))+$/i, "") || last;
}
