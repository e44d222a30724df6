import { Card, CardBody, CardHeader, CardTitle } from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";
import { Link } from "react-router";
import type { Overview } from "../../../../app/wire/overview.ts";
import { ShareBar } from "../../charts/share-bar.tsx";
import { Power } from "../../parts/exposure.tsx";
import { namespacePath, withQuery } from "../../parts/links.ts";

interface TitledProps {
  readonly title: string;
  readonly className?: string;
  readonly children: ReactNode;
}

function Titled({ title, className, children }: TitledProps): JSX.Element {
  return (
    <Card component="section" className={className}>
      <CardHeader>
        <CardTitle component="h2">{title}</CardTitle>
      </CardHeader>
      <CardBody>{children}</CardBody>
    </Card>
  );
}

const readinessLooks = ["success", "info", "warning", "danger", "unknown"];

export function ReadinessCard({ readiness }: { readonly readiness: Overview["readiness"] }): JSX.Element {
  return (
    <Titled title="Ready to enforce">
      <ShareBar
        of="namespaces"
        shares={readiness.map(({ from, to, namespaces }, index) => ({
          key: String(index),
          title: stepTitle(from, to),
          value: namespaces,
          to: withQuery("/namespaces", { sort: from === null && to === null ? "readiness" : "-readiness" }),
          look: `postern-share--${readinessLooks[index] ?? "unknown"}`,
        }))}
      />
    </Titled>
  );
}

function stepTitle(from: number | null, to: number | null): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  if (from === null && to === null) return "not known";
  if (to === null || to >= 1) return `${percent(from ?? 0)} and more`;
  return from === null || from === 0 ? `less than ${percent(to)}` : `${percent(from)} to ${percent(to)}`;
}

export function CoverageCard({ namespaces }: { readonly namespaces: Overview["namespaces"] }): JSX.Element {
  const shares = [
    { key: "enforced", title: "enforced", value: namespaces.enforced, look: "postern-share--success" },
    { key: "partial", title: "partly open", value: namespaces.partial, look: "postern-share--warning" },
    { key: "none", title: "open", value: namespaces.none, look: "postern-share--danger" },
    { key: "unknown", title: "not known", value: namespaces.unknown, look: "postern-share--unknown" },
  ];
  return (
    <Titled title="Coverage of namespaces">
      <ShareBar
        of="namespaces"
        shares={shares.map((each) => ({ ...each, to: withQuery("/namespaces", { coverage: each.key }) }))}
      />
    </Titled>
  );
}

export function PhaseCard({ namespaces }: { readonly namespaces: Overview["namespaces"] }): JSX.Element {
  const shares = [
    { key: "observe", title: "observe", value: namespaces.observe, look: "postern-share--unknown" },
    { key: "review", title: "review", value: namespaces.review, look: "postern-share--brand" },
    { key: "automate", title: "automate", value: namespaces.automate, look: "postern-share--custom" },
  ];
  return (
    <Titled title="Phases" className="postern-overview__phases">
      <ShareBar
        of="namespaces"
        shares={shares.map((each) => ({ ...each, to: withQuery("/namespaces", { phase: each.key }) }))}
      />
    </Titled>
  );
}

export function WidestCard({ widest }: { readonly widest: Overview["widest"] }): JSX.Element {
  return (
    <Titled title="Widest open" className="postern-overview__widest">
      {widest.length === 0 ? (
        <p className="postern-calm">No namespace leaves anything open.</p>
      ) : (
        <ol className="postern-widest">
          {widest.map((each) => (
            <li key={`${each.cluster}/${each.namespace}`}>
              <Link to={namespacePath(each)}>{each.namespace}</Link>
              <span className="postern-under">{each.cluster}</span>
              <Power power={each.exposure} />
            </li>
          ))}
        </ol>
      )}
      <Link to="/namespaces?sort=-exposure">All by exposure</Link>
    </Titled>
  );
}
