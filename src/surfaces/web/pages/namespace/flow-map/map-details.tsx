import { Button, Card, CardBody, CardHeader, CardTitle } from "@patternfly/react-core";
import { TimesIcon } from "@patternfly/react-icons/dist/esm/icons/times-icon";
import type { JSX } from "react";
import { Link } from "react-router";
import type { NamespaceRef } from "../../../../../app/wire/list.ts";
import type { FlowMap } from "../../../../../app/wire/namespaces.ts";
import { countOf } from "../../../parts/formats.ts";
import { trafficPath } from "../../../parts/links.ts";
import { NumberLink } from "../../../parts/number-link.tsx";
import { Verdict } from "../../../parts/state-labels.tsx";
import { groupTitle } from "./map-layout.ts";

interface MapDetailsProps {
  readonly where: NamespaceRef;
  readonly map: FlowMap;
  readonly chosen: string;
  readonly onClose: () => void;
}

const mostShown = 12;

/** What the chosen workload or service has to do with, and the way to its flows. */
export function MapDetails({ where, map, chosen, onClose }: MapDetailsProps): JSX.Element {
  const [side, id] = [chosen.slice(0, chosen.indexOf(":")), chosen.slice(chosen.indexOf(":") + 1)];
  const service = side === "service" ? map.services.find((each) => each.id === id) : undefined;
  const links = map.links
    .filter((link) => (side === "service" ? link.service : link.workload) === id)
    .toSorted((a, b) => b.flows - a.flows);
  const titles = new Map(map.services.map((each) => [each.id, each.title]));
  const place = { cluster: where.cluster, namespace: where.namespace, window: "7d" };
  return (
    <Card component="section" isCompact>
      <CardHeader
        actions={{
          actions: <Button variant="plain" aria-label="Show all again" icon={<TimesIcon />} onClick={onClose} />,
        }}
      >
        <CardTitle component="h2">{service?.title ?? id}</CardTitle>
      </CardHeader>
      <CardBody>
        {service !== undefined && (
          <p className="postern-under">
            {groupTitle(service.group)} · {countOf(service.destinations, "destination")}: {service.examples.join(", ")}
          </p>
        )}
        <ul className="postern-map__pairs">
          {links.slice(0, mostShown).map((link) => {
            const other = side === "service" ? link.workload : (titles.get(link.service) ?? link.service);
            return (
              <li key={`${link.workload} ${link.service}`}>
                <span>{other}</span>
                <span className="postern-under">{link.ports.slice(0, 4).join(", ")}</span>
                <Verdict verdict={link.verdict} />
                <NumberLink
                  value={link.flows}
                  to={trafficPath({ ...place, workload: link.workload, q: queryOf(link.service, map) })}
                  of={`flows to ${other}`}
                />
              </li>
            );
          })}
        </ul>
        {links.length > mostShown && <p className="postern-under">and {links.length - mostShown} more, in the table</p>}
        <Link to={trafficPath(side === "workload" ? { ...place, workload: id } : { ...place, q: queryOf(id, map) })}>
          All flows of it
        </Link>
      </CardBody>
    </Card>
  );
}

/** What finds a service in the traffic: nothing for the rest, which has no name. */
function queryOf(service: string, map: FlowMap): string | undefined {
  const found = map.services.find(({ id }) => id === service);
  return found === undefined || found.isRest
    ? undefined
    : found.destinations === 1
      ? (found.examples[0] ?? found.title)
      : found.title;
}
