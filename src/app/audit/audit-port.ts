import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { AuditSigner, FreshKey } from "./audit-signer.ts";

/** What commands about the audit log need from the world. */
export interface AuditPort {
  /** A file in pieces, or standard input for `-`. Each piece belongs to the caller. */
  readBytes(path: string): Promise<Result<AsyncIterable<Buffer>, Failure>>;
  /** @param keyFile a key of somebody's own; undefined: the one in the folder, made when it is not there */
  signer(folder: string, origin: string, keyFile: string | undefined): AuditSigner;
  freshKey(folder: string, origin: string): FreshKey;
  syslog(place: SyslogPlace): Promise<Result<SyslogSender, Failure>>;
  /** Name of this machine, for receivers of syslog. */
  readonly host: string;
}

/** A receiver of syslog: UDP (RFC 5426), TCP with octet counting (RFC 6587) or TLS (RFC 5425). */
export interface SyslogPlace {
  readonly protocol: "udp" | "tcp" | "tls";
  readonly host: string;
  readonly port: number;
  /** PEM file with the authorities to trust instead of the system's. */
  readonly caFile: string | undefined;
}

export interface SyslogSender {
  /** In order; resolves when the system has taken them. Rejects when the receiver is gone: what it has read nobody knows. */
  send(messages: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const defaultPorts = { udp: 514, tcp: 601, tls: 6514 } as const;

/** @param text `udp://host`, `tcp://host:601`, `tls://[2001:db8::1]:6514`. @returns undefined for anything else */
export function parseSyslogPlace(text: string, caFile: string | undefined): SyslogPlace | undefined {
  const [, protocol, host6, host4, port] =
    /^(udp|tcp|tls):\/\/(?:\[([0-9a-f:.%]+)\]|([^\s/:[\]]+))(?::([0-9]{1,5}))?\/?$/i.exec(text) ?? [];
  const host = host6 ?? host4;
  if (protocol === undefined || host === undefined) return undefined;
  const known = protocol.toLowerCase() as SyslogPlace["protocol"];
  const number = port === undefined ? defaultPorts[known] : Number(port);
  return number >= 1 && number <= 65_535 ? { protocol: known, host, port: number, caFile } : undefined;
}
