import { Button, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import { type JSX, useEffect, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { toast } from "../../shell/toasts.tsx";
import { linkOf } from "./link-of.ts";
import { SignInFrame, SignInTrouble } from "./sign-in-frame.tsx";
import { useSignIn } from "./use-sign-in.ts";

/** Shortest password that is taken: length is what counts. */
const shortest = 12;

/** The first run, or a link that an administrator made: choose a name and a password. */
export function Component(): JSX.Element {
  const { hash } = useLocation();
  const navigate = useNavigate();
  // Kept from the first look only: the address forgets it at once, so that nobody finds it in the history.
  const [{ secret, name }] = useState(() => linkOf(hash));
  useEffect(() => {
    if (hash !== "") void navigate("/sign-in/link", { replace: true });
  }, [hash, navigate]);
  if (secret === "") {
    return (
      <SignInFrame
        title="This link is not whole"
        lead="It ends with a secret after `#`. Copy all of it from where it was printed."
      >
        <Link to="/sign-in">Sign in another way</Link>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame
      title="Welcome to Postern"
      lead={
        name === undefined
          ? "This link works once. Choose the name and the password that you sign in with from now on."
          : `This link works once. Choose the password that you, ${name}, sign in with from now on.`
      }
    >
      <FirstPassword secret={secret} given={name} />
    </SignInFrame>
  );
}

interface FirstPasswordProps {
  readonly secret: string;
  /** Whom an administrator made the link for; who comes first chooses. */
  readonly given: string | undefined;
}

function FirstPassword({ secret, given }: FirstPasswordProps): JSX.Element {
  const [name, setName] = useState(given ?? "admin");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const { isBusy, error, signIn } = useSignIn();
  const isShort = password !== "" && password.length < shortest;
  const differs = again !== "" && again !== password;
  const isReady = name.trim() !== "" && password.length >= shortest && again === password;
  const begin = async (): Promise<void> => {
    const session = await signIn({ way: "link", secret, name: name.trim(), password });
    // A link that somebody made belongs to one name, whatever was typed.
    const own = session?.person.subject.replace(/^local:/, "");
    if (own === undefined || own === name.trim().toLowerCase()) return;
    toast({ variant: "info", title: `Your name here is ${own}`, body: "Sign in with it from now on." });
  };
  return (
    <Form
      onSubmit={(event: { preventDefault: () => void }) => {
        event.preventDefault();
        if (isReady) void begin();
      }}
    >
      <SignInTrouble error={error} />
      <FormGroup label="Name" isRequired fieldId="link-name">
        <TextInput
          id="link-name"
          isRequired
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          {...(given === undefined ? {} : { readOnlyVariant: "default" as const })}
          value={name}
          onChange={(_, value) => {
            setName(value);
          }}
        />
      </FormGroup>
      <FormGroup label="Password" isRequired fieldId="link-password">
        <TextInput
          id="link-password"
          type="password"
          isRequired
          autoComplete="new-password"
          value={password}
          validated={isShort ? "error" : "default"}
          aria-describedby="link-password-help"
          onChange={(_, value) => {
            setPassword(value);
          }}
        />
        <FormHelperText>
          <HelperText id="link-password-help">
            <HelperTextItem variant={isShort ? "error" : "default"}>
              At least {shortest} characters; a few words are good.
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      </FormGroup>
      <FormGroup label="Password again" isRequired fieldId="link-again">
        <TextInput
          id="link-again"
          type="password"
          isRequired
          autoComplete="new-password"
          value={again}
          validated={differs ? "error" : "default"}
          aria-describedby="link-again-help"
          onChange={(_, value) => {
            setAgain(value);
          }}
        />
        <FormHelperText>
          <HelperText id="link-again-help">
            {differs && <HelperTextItem variant="error">Both are not the same yet.</HelperTextItem>}
          </HelperText>
        </FormHelperText>
      </FormGroup>
      <Button type="submit" isBlock isLoading={isBusy} isDisabled={!isReady || isBusy}>
        Begin
      </Button>
    </Form>
  );
}
