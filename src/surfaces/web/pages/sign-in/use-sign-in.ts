import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { SessionView, SignInRequest } from "../../../../app/wire/session.ts";
import { send } from "../../api/client.ts";
import { takeSession } from "../../api/session.ts";
import { returnPath } from "./return-path.ts";

interface SignIn {
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly signIn: (request: SignInRequest) => Promise<void>;
}

/** Signs in, then goes where the person wanted to. */
export function useSignIn(): SignIn {
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<unknown>();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const signIn = async (request: SignInRequest): Promise<void> => {
    setBusy(true);
    setTrouble(undefined);
    try {
      takeSession(await send<SessionView>("POST", "session", request));
      void navigate(returnPath(query.get("next")), { replace: true });
    } catch (error) {
      setTrouble(error);
      setBusy(false);
    }
  };
  return { isBusy, error: trouble, signIn };
}
