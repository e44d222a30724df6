import type { PortProtocol } from "../../core/net/l4.ts";

export interface Port {
  readonly protocol: PortProtocol;
  /** 1–65535. */
  readonly port: number;
}
