import { z } from "zod";

export const aclLogOptions = z.strictObject({
  files: z
    .array(z.string().min(1).max(4096))
    .min(1)
    .max(32)
    .default(["/var/log/ovn/acl-audit-log*.log"])
    .describe("files, or patterns with `*`; rotated files may match as well"),
  begin: z
    .enum(["start", "end"])
    .default("start")
    .describe("where to begin in files that are there already, when nothing was read before"),
  pollMilliseconds: z.int().min(50).max(60_000).default(500).describe("pause between two looks at the files"),
});

export type AclLogOptions = z.infer<typeof aclLogOptions>;
