import { Alert, Card, CardBody, Title } from "@patternfly/react-core";
import type { JSX, ReactNode } from "react";
import { ProblemError } from "../../api/client.ts";
import "./sign-in.css";

interface SignInFrameProps {
  readonly title: string;
  readonly lead: string;
  readonly version?: string | undefined;
  readonly children: ReactNode;
}

/** The page before the application: what this is, and one card. */
export function SignInFrame({ title, lead, version, children }: SignInFrameProps): JSX.Element {
  return (
    <main id="main" className="postern-sign-in">
      <title>{`${title} · Postern`}</title>
      <header className="postern-sign-in__brand">
        <img src="/postern.svg" alt="" width={48} height={48} />
        <div>
          <p className="postern-sign-in__name">Postern</p>
          <p>What leaves the cluster, reviewed and proven</p>
        </div>
      </header>
      <Card className="postern-sign-in__card">
        <CardBody>
          <Title headingLevel="h1" size="2xl">
            {title}
          </Title>
          <p className="postern-sign-in__lead">{lead}</p>
          {children}
        </CardBody>
      </Card>
      {version !== undefined && <footer className="postern-sign-in__foot">Version {version}</footer>}
    </main>
  );
}

/** Why signing in did not work, without saying more than the server does. */
export function SignInTrouble({ error }: { readonly error: unknown }): JSX.Element | null {
  if (error === undefined || error === null) return null;
  const status = error instanceof ProblemError ? error.problem.status : undefined;
  const title =
    status === 429 ? "Too many tries" : status === 0 ? "The server does not answer" : "You are not signed in";
  return (
    <Alert isInline variant="danger" title={title} component="h2" role="alert" className="postern-sign-in__trouble">
      {error instanceof Error ? error.message : typeof error === "string" ? error : "try again"}
    </Alert>
  );
}
