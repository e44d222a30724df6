import {
  Alert,
  Button,
  Divider,
  ExpandableSection,
  Form,
  FormGroup,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import { type JSX, useState } from "react";
import { useSearchParams } from "react-router";
import type { SignInWays } from "../../../../app/wire/session.ts";
import { useAnswer } from "../../api/queries.ts";
import { ProblemState, Waiting } from "../../parts/page-states.tsx";
import { redirectTrouble } from "./redirect-trouble.ts";
import { returnPath } from "./return-path.ts";
import { SignInFrame, SignInTrouble } from "./sign-in-frame.tsx";
import { useSignIn } from "./use-sign-in.ts";

/** Every way that this server offers, the organisation's own first. */
export function Component(): JSX.Element {
  const { data, error, refetch } = useAnswer<SignInWays>("sign-in");
  const [query] = useSearchParams();
  return (
    <SignInFrame title="Sign in" lead="You see the namespaces that your account may see." version={data?.version}>
      {query.has("next") && (
        <Alert
          isInline
          isPlain
          variant="info"
          component="h2"
          title="Sign in to go on where you were"
          className="postern-sign-in__trouble"
        />
      )}
      {query.has("problem") && <SignInTrouble error={redirectTrouble(query.get("problem") ?? "")} />}
      {data === undefined && error === null && <Waiting lines={4} label="Asking how to sign in" />}
      {data === undefined && error !== null && (
        <ProblemState
          error={error}
          onRetry={() => {
            void refetch();
          }}
        />
      )}
      {data !== undefined && <Ways ways={data} next={returnPath(query.get("next"))} />}
    </SignInFrame>
  );
}

function Ways({ ways, next }: { readonly ways: SignInWays; readonly next: string }): JSX.Element {
  const { local, oidc, kubernetesToken } = ways;
  if (!local && oidc.length === 0 && !kubernetesToken) {
    return <p>This server offers no way to sign in yet: its log has a link for the first run.</p>;
  }
  return (
    <div className="postern-sign-in__ways">
      {oidc.map(({ id, title, start }) => (
        <Button
          key={id}
          isBlock
          variant={local ? "secondary" : "primary"}
          component="a"
          href={`${start}${start.includes("?") ? "&" : "?"}returnTo=${encodeURIComponent(next)}`}
        >
          Sign in with {title}
        </Button>
      ))}
      {oidc.length > 0 && local && <Divider />}
      {local && <LocalForm />}
      {kubernetesToken && <TokenForm isAlone={!local && oidc.length === 0} />}
    </div>
  );
}

function LocalForm(): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const { isBusy, error, signIn } = useSignIn();
  return (
    <Form
      onSubmit={(event: { preventDefault: () => void }) => {
        event.preventDefault();
        void signIn({ way: "local", name: name.trim(), password });
      }}
    >
      <SignInTrouble error={error} />
      <FormGroup label="Name" isRequired fieldId="sign-in-name">
        <TextInput
          id="sign-in-name"
          isRequired
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={(_, value) => {
            setName(value);
          }}
        />
      </FormGroup>
      <FormGroup label="Password" isRequired fieldId="sign-in-password">
        <TextInput
          id="sign-in-password"
          type="password"
          isRequired
          autoComplete="current-password"
          value={password}
          onChange={(_, value) => {
            setPassword(value);
          }}
        />
      </FormGroup>
      <Button type="submit" isBlock isLoading={isBusy} isDisabled={isBusy || name.trim() === "" || password === ""}>
        Sign in
      </Button>
    </Form>
  );
}

function TokenForm({ isAlone }: { readonly isAlone: boolean }): JSX.Element {
  const [isOpen, setOpen] = useState(isAlone);
  const [token, setToken] = useState("");
  const { isBusy, error, signIn } = useSignIn();
  return (
    <ExpandableSection
      toggleText="Sign in with a Kubernetes token"
      isExpanded={isOpen}
      onToggle={(_, next) => {
        setOpen(next);
      }}
    >
      <Form
        onSubmit={(event: { preventDefault: () => void }) => {
          event.preventDefault();
          void signIn({ way: "kubernetes", token: token.trim() });
        }}
      >
        <SignInTrouble error={error} />
        <FormGroup label="Token" isRequired fieldId="sign-in-token">
          <TextArea
            id="sign-in-token"
            isRequired
            rows={3}
            resizeOrientation="vertical"
            autoComplete="off"
            spellCheck={false}
            value={token}
            aria-describedby="sign-in-token-help"
            onChange={(_, value) => {
              setToken(value);
            }}
          />
          <p id="sign-in-token-help" className="postern-sign-in__help">
            From <code>oc whoami -t</code> or <code>kubectl create token</code>. It is shown to the cluster to ask whose
            it is, and not kept.
          </p>
        </FormGroup>
        <Button type="submit" variant="secondary" isBlock isLoading={isBusy} isDisabled={isBusy || token.trim() === ""}>
          Sign in with the token
        </Button>
      </Form>
    </ExpandableSection>
  );
}
