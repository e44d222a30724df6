import type { PortProtocol } from "../../../../core/net/l4.ts";
import { namePattern } from "../../../../core/net/name-pattern.ts";
import type { Port } from "../../port.ts";
import type { CatalogueService } from "../knowledge.ts";

/** What a line of the catalogue says beyond names. */
export interface EntryFacts {
  /** `443`, `udp/123`. Absent: any. */
  readonly ports?: readonly (number | `${PortProtocol}/${number}`)[];
  readonly docs?: string;
  readonly traits?: CatalogueService["traits"];
  readonly grouping?: CatalogueService["grouping"];
}

/** `*.` in a name stands for one or more labels. */
export function entry(
  id: string,
  title: string,
  owner: string,
  names: readonly string[],
  { ports = [], docs, traits = [], grouping }: EntryFacts = {},
): CatalogueService {
  return {
    id,
    title,
    owner,
    patterns: names.map((name) => namePattern(name, "subdomains")),
    ports: ports.map(portOf),
    documentation: docs,
    traits,
    grouping,
  };
}

function portOf(port: number | string): Port {
  if (typeof port === "number") return { protocol: "tcp", port };
  const [protocol = "", number = ""] = port.split("/");
  return { protocol: protocol as PortProtocol, port: Number(number) };
}
