import { z } from "zod";

export const captureOptions = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe("pcap or pcapng file, or `-` for standard input, as in `tcpdump -i any -U -w - | postern observe …`"),
  follow: z
    .boolean()
    .default(false)
    .describe("go on when the file has been read, as it grows, and with the next file when another takes its place"),
});

export type CaptureOptions = z.infer<typeof captureOptions>;
