import { isIPv6 } from "node:net";
import { quoted } from "../../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../../core/result.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:8723`, `[::1]:8723`, `localhost:8723`, `:8723` for every address; port 0 is one that is free. */
export function parseListen(text: string): Result<ListenAddress, string> {
  const [, bracketed, plain, digits = ""] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || digits === "" || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed))) {
    return fail(`${quoted(text)} is no address to listen on, write \`127.0.0.1:8723\` or \`[::1]:8723\``);
  }
  return ok({ host: host === "" ? "::" : host, port });
}

/** Whether only this machine can reach it. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
