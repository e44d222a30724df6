import { isIP } from "node:net";
import { z } from "zod";
import { type Cidr, parseCidr } from "../../core/net/ip-set.ts";
import { quoted } from "../../core/quoted.ts";

/** Where to listen; without an address it is all of the machine's, of both families. */
export interface ListenPlace {
  readonly address: string | undefined;
  readonly port: number;
}

const port = z.int().min(0).max(65_535);

/** A port, or an address with a port. */
export const listenPlace = z.union([port, z.string().max(64)]).transform((said, context): ListenPlace => {
  if (typeof said === "number") return { address: undefined, port: said };
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(said);
  const address = parts?.[1] ?? parts?.[2] ?? "";
  const number = Number(parts?.[3] ?? Number.NaN);
  const isV6Bracketed = parts?.[1] !== undefined;
  if (number <= 65_535 && isIP(address) === (isV6Bracketed ? 6 : 4)) return { address, port: number };
  context.addIssue({
    code: "custom",
    message: `${quoted(said)} is not a place to listen at: write a port, \`192.0.2.1:4739\` or \`[2001:db8::1]:4739\``,
  });
  return z.NEVER;
});

export const cidrBlock = z
  .string()
  .max(64)
  .transform((text, context): Cidr => {
    const read = parseCidr(text);
    if (read.ok) return read.value;
    context.addIssue({ code: "custom", message: read.error.message });
    return z.NEVER;
  });
