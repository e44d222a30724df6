/** What a rule allows, as people say it: `Allow 192.0.2.7/32 tcp/443` → `192.0.2.7 tcp/443`. */
export function destinationOf(allow: string): string {
  return allow.replace("Allow ", "").replace(/\/(?:32|128)(?= |$)/, "");
}
