import { useQuery } from "@tanstack/react-query";
import type { SessionView } from "../../../app/wire/session.ts";
import { ProblemError, read, rememberCsrf, send, whenSignedOut } from "./client.ts";
import { queryClient, signedOut } from "./queries.ts";

export const sessionKey = ["session"] as const;

whenSignedOut(() => {
  signedOut.dispatchEvent(new Event("signed-out"));
});

async function readSession(): Promise<SessionView> {
  const session = await read<SessionView>("session");
  rememberCsrf(session.csrf);
  return session;
}

/** Who is signed in: undefined until it is known. */
export function useSession(): SessionView | undefined {
  return useSessionState().session;
}

interface SessionState {
  readonly session: SessionView | undefined;
  /** Only while there is no session: the server's refusal, or that it does not answer. */
  readonly error: ProblemError | undefined;
}

export function useSessionState(): SessionState {
  const { data, error } = useQuery({ queryKey: sessionKey, queryFn: readSession, staleTime: 300_000, retry: false });
  if (data !== undefined) return { session: data, error: undefined };
  return { session: undefined, error: error instanceof ProblemError ? error : undefined };
}

/** After signing in: everything that was answered for somebody else is forgotten. */
export function takeSession(session: SessionView): void {
  rememberCsrf(session.csrf);
  queryClient.clear();
  queryClient.setQueryData(sessionKey, session);
}

/** @returns the identity provider's own page for signing out, where there is one */
export async function signOut(): Promise<string | null> {
  const { redirectTo } = await send<{ readonly redirectTo: string | null }>("DELETE", "session");
  rememberCsrf("");
  queryClient.clear();
  return redirectTo;
}
