import { z } from "zod";

const formsOfAddress = "write `host:port`, `[address]:port` or `unix:/path`";

/** `host:port`, `[IPv6]:port`, or `unix:/path`. */
export const serverAddress = z
  .string()
  .regex(/^(?:[A-Za-z0-9._-]+:\d{1,5}|\[[0-9A-Fa-f:.]+\]:\d{1,5}|unix:\/[^\s]+)$/, { message: formsOfAddress })
  .refine((address) => address.startsWith("unix:") || Number(/\d+$/.exec(address)) <= 65_535, {
    message: `${formsOfAddress}; a port is at most 65535`,
  });
