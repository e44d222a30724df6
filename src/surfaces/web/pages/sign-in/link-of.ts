/** What stands behind the `#` of a link: its secret, and who it is for where somebody was invited. */
export function linkOf(hash: string): { readonly secret: string; readonly name: string | undefined } {
  const [secret = "", ...rest] = hash.replace(/^#/, "").split("&");
  const name = new URLSearchParams(rest.join("&")).get("name");
  return { secret, name: name === null || name === "" ? undefined : name };
}
