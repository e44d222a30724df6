import { z } from "zod";
import { type IpAddress, parseIp } from "../core/net/ip.ts";
import { protocols } from "../core/net/l4.ts";
import { hourMs, latestMs } from "../pipeline/flows/edge-sums.ts";
import { observedVerdicts } from "../pipeline/flows/edge.ts";
import { nameOrigins, sourceStates } from "../pipeline/flows/sealed-batch.ts";

const latestHour = Math.floor(latestMs / hourMs);

export const label = z.string().max(253);
/** Since the epoch. */
export const timeMs = z.int().min(0).max(latestMs);
export const hour = z.int().min(0).max(latestHour);
export const port = z.int().min(0).max(65_535);
export const prefixLength = z.int().min(0).max(128);
export const protocol = z.enum(protocols);
export const verdict = z.enum(observedVerdicts);
export const nameOrigin = z.enum(nameOrigins);
export const sourceState = z.enum(sourceStates);

export const address = z
  .string()
  .max(64)
  .transform((text, context): IpAddress => {
    const ip = parseIp(text);
    if (ip.ok) return ip.value;
    context.addIssue({ code: "custom", message: ip.error.message });
    return z.NEVER;
  });

/** `null` on the wire is `undefined` here. */
export const orNull = <T extends z.ZodType>(
  schema: T,
): z.ZodPipe<z.ZodNullable<T>, z.ZodTransform<z.output<T> | undefined, z.output<z.ZodNullable<T>>>> =>
  schema.nullable().transform((value) => (value === null ? undefined : (value as z.output<T>)));
