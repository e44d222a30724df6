import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { SessionView, SignInRequest } from "../../../../app/wire/session.ts";
import { send } from "../../api/client.ts";
import { takeSession } from "../../api/session.ts";
import { returnPath } from "./return-path.ts";

interface SignIn {
  readonly isBusy: boolean;
  readonly error: unknown;
  /** Undefined: it was refused, and `error` says why. */
  readonly signIn: (request: SignInRequest) => Promise<SessionView | undefined>;
}

/** Signs in, then goes where the person wanted to. */
export function useSignIn(): SignIn {
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<unknown>();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const signIn = async (request: SignInRequest): Promise<SessionView | undefined> => {
    setBusy(true);
    setTrouble(undefined);
    try {
      const session = await send<SessionView>("POST", "session", request);
      takeSession(session);
      void navigate(returnPath(query.get("next")), { replace: true });
      return session;
    } catch (error) {
      setTrouble(error);
      setBusy(false);
      return undefined;
    }
  };
  return { isBusy, error: trouble, signIn };
}
