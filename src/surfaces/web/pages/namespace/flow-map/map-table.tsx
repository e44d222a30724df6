import { type JSX, useState } from "react";
import type { NamespaceRef } from "../../../../../app/wire/list.ts";
import type { FlowMap } from "../../../../../app/wire/namespaces.ts";
import type { Column } from "../../../parts/column.ts";
import { DataTable } from "../../../parts/data-table.tsx";
import { formatBytes } from "../../../parts/formats.ts";
import { trafficPath } from "../../../parts/links.ts";
import { NumberLink } from "../../../parts/number-link.tsx";
import { Verdict } from "../../../parts/state-labels.tsx";

interface Pair {
  readonly workload: string;
  readonly service: string;
  readonly title: string;
  readonly destinations: number;
  readonly flows: number;
  readonly bytes: number | null;
  readonly ports: string;
  readonly verdict: string;
}

/** The pairs of the map as rows: everything that the picture says, in words. */
export function MapTable({ where, map }: { readonly where: NamespaceRef; readonly map: FlowMap }): JSX.Element {
  const [sort, setSort] = useState("-flows");
  const services = new Map(map.services.map((each) => [each.id, each]));
  const pairs = map.links.map(({ workload, service, flows, bytes, ports, verdict }): Pair => {
    const { title = service, destinations = 0 } = services.get(service) ?? {};
    return { workload, service, title, destinations, flows, bytes, ports: ports.join(", "), verdict };
  });
  const field = sort.replace(/^-/, "") as
    | "workload"
    | "title"
    | "flows"
    | "bytes"
    | "destinations"
    | "ports"
    | "verdict";
  const direction = sort.startsWith("-") ? -1 : 1;
  const rows = pairs.toSorted((a, b) => {
    const [x, y] = [a[field] ?? -1, b[field] ?? -1];
    return (x < y ? -1 : x > y ? 1 : 0) * direction;
  });
  const columns: readonly Column<Pair>[] = [
    { key: "workload", title: "Workload", sort: "workload", breaks: true, cell: ({ workload }) => workload },
    { key: "service", title: "Service", sort: "title", breaks: true, cell: ({ title }) => title },
    { key: "ports", title: "Ports", sort: "ports", cell: ({ ports }) => ports },
    { key: "verdict", title: "Today", sort: "verdict", cell: ({ verdict }) => <Verdict verdict={verdict} /> },
    {
      key: "destinations",
      title: "Destinations",
      sort: "destinations",
      isNumeric: true,
      cell: ({ destinations }) => destinations,
    },
    {
      key: "flows",
      title: "Flows",
      sort: "flows",
      isNumeric: true,
      cell: ({ flows, workload, title }) => (
        <NumberLink
          value={flows}
          to={trafficPath({ cluster: where.cluster, namespace: where.namespace, workload, window: "7d" })}
          of={`flows of ${workload} to ${title}`}
        />
      ),
    },
    { key: "bytes", title: "Bytes", sort: "bytes", isNumeric: true, cell: ({ bytes }) => formatBytes(bytes) },
  ];
  return (
    <div className="postern-list">
      <div className="postern-table-place">
        <DataTable
          label="Who talks to what"
          columns={columns}
          rows={rows}
          rowKey={({ workload, service }) => `${workload} ${service}`}
          sorting={{ by: sort, onSort: setSort }}
        />
      </div>
    </div>
  );
}
