import { QueryClient, keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Page } from "../../../app/wire/list.ts";
import { type Parameters, ProblemError, read } from "./client.ts";

/** Tells 401 to whoever shows the sign-in page. */
export const signedOut = new EventTarget();

export const queryClient: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < 2 && !(error instanceof ProblemError && error.problem.status >= 400),
    },
  },
});
queryClient.getQueryCache().subscribe(({ type, query }) => {
  if (type !== "updated" || query.state.status !== "error") return;
  const error: unknown = query.state.error;
  if (error instanceof ProblemError && error.problem.status === 401) signedOut.dispatchEvent(new Event("signed-out"));
});

/** `namespaces/east/shop` is of area `namespaces`. */
export function keyOf(path: string, parameters: Parameters): readonly unknown[] {
  return [path.split("/")[0], path, parameters];
}

/** What is known stays in sight while the server cannot be asked; what it refuses by now, such as a right that was taken away, does not. */
export function stillShown<T>({ data, error }: Pick<UseQueryResult<T>, "data" | "error">): T | undefined {
  return error instanceof ProblemError && error.problem.status >= 400 && error.problem.status < 500 ? undefined : data;
}

/**
 * One answer of the server. `everyMs`: asked again that often, as long as the page is in sight; `keeps`: the answer before stays in sight
 * until the next question is answered.
 */
export function useAnswer<T>(
  path: string,
  parameters: Parameters = {},
  options: { readonly enabled?: boolean; readonly everyMs?: number; readonly keeps?: boolean } = {},
): UseQueryResult<T> {
  return useQuery({
    queryKey: keyOf(path, parameters),
    queryFn: async ({ signal }) => read<T>(path, parameters, signal),
    enabled: options.enabled ?? true,
    refetchInterval: options.everyMs ?? false,
    ...(options.keeps === true ? { placeholderData: keepPreviousData } : {}),
  });
}

/** One page of a list; the page before stays in sight until the next one is there. */
export function useListPage<T>(path: string, parameters: Parameters, everyMs?: number): UseQueryResult<Page<T>> {
  return useQuery({
    queryKey: keyOf(path, parameters),
    queryFn: async ({ signal }) => read<Page<T>>(path, parameters, signal),
    placeholderData: keepPreviousData,
    refetchInterval: everyMs ?? false,
  });
}
