/** Where to go after signing in: a page of this application, never somewhere else, and not the sign-in page again. */
export function returnPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next) || /^\/sign-in(?:[/?#]|$)/.test(next)) return "/";
  return next;
}
