import { hostname } from "node:os";
import { readBytes } from "../adapters/audit-file/read-bytes.ts";
import { freshKey, keyFileSigner } from "../adapters/audit-key/key-file.ts";
import { openSyslogSender } from "../adapters/syslog-sender/syslog-sender.ts";
import type { AuditPort } from "../app/audit/audit-port.ts";

export const auditPort: AuditPort = {
  readBytes: (path) => readBytes(path, process.stdin),
  signer: (folder, origin, keyFile) => keyFileSigner({ folder, origin, keyFile }),
  freshKey,
  syslog: openSyslogSender,
  host: hostname(),
};
