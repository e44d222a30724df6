import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Page } from "../../../app/wire/list.ts";
import { type Parameters, read } from "./client.ts";
import { keyOf, queryClient, stillShown } from "./queries.ts";
import { rowsOfPage, type Span, spanOf, waitsFor } from "./sparse-pages.ts";

/** A list whose rows are fetched where somebody looks, for tables that scroll through all of them. */
export interface SparseList<T> {
  readonly total: number;
  readonly isTotalExact: boolean;
  /** Undefined: not there yet. */
  readonly row: (index: number) => T | undefined;
  /** Tells which rows are in sight; stable. */
  readonly look: (first: number, last: number) => void;
  /** Page, from 0, that the first row in sight is on. */
  readonly page: number;
  /** Nothing is there yet, not even of the question before. */
  readonly isPending: boolean;
  readonly isFetching: boolean;
  /** Why there is nothing at all. */
  readonly error: Error | null;
  /** Why what is there could not be asked for again, and since when it is; undefined: it is up to date. */
  readonly outdated: { readonly error: Error; readonly sinceMs: number } | undefined;
  /** Why rows in sight are missing, while others are there. */
  readonly rowsError: Error | null;
  readonly refetch: () => void;
}

const firstPage: Span = { first: 0, last: 0 };

/** @param path of a list that takes `skip` */
export function useSparseList<T>(path: string, parameters: Parameters): SparseList<T> {
  const [span, setSpan] = useState(firstPage);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const wanted = useRef(span);
  const look = useCallback((first: number, last: number) => {
    const next = spanOf(first, last);
    if (next.first === wanted.current.first && next.last === wanted.current.last) return;
    const waitMs = waitsFor(wanted.current, next);
    wanted.current = next;
    clearTimeout(timer.current);
    if (waitMs === 0) setSpan(next);
    else timer.current = setTimeout(setSpan, waitMs, next);
  }, []);
  useEffect(() => {
    const running = timer;
    return () => {
      clearTimeout(running.current);
    };
  }, []);

  const pageQuery = (page: number) => ({
    queryKey: [...keyOf(path, parameters), "page", page] as const,
    queryFn: async ({ signal }: { readonly signal: AbortSignal }) =>
      read<Page<T>>(
        path,
        { ...parameters, limit: rowsOfPage, skip: page === 0 ? undefined : page * rowsOfPage },
        signal,
      ),
    // Comparing hundreds of rows with themselves takes longer than showing them.
    structuralSharing: false,
  });
  // The first page says how many there are, and stays in sight until a new question is answered.
  const first = pageQuery(0);
  const head = useQuery({
    ...first,
    placeholderData: keepPreviousData,
    // Once it is known it rests while somebody looks elsewhere.
    enabled: span.first === 0 || queryClient.getQueryData(first.queryKey) === undefined,
  });
  const beginning = stillShown(head);
  const others = useQueries({
    queries: pagesOf(span)
      .filter((page) => page > 0)
      .map((page) => pageQuery(page)),
  });
  const pageOf = (page: number): Page<T> | undefined =>
    page === 0 ? beginning : queryClient.getQueryData<Page<T>>(pageQuery(page).queryKey);
  const pages = new Map<number, Page<T> | undefined>();
  return {
    total: beginning?.total ?? 0,
    isTotalExact: beginning?.isTotalExact ?? true,
    row: (index) => {
      const page = Math.floor(index / rowsOfPage);
      if (!pages.has(page)) pages.set(page, pageOf(page));
      return pages.get(page)?.items[index % rowsOfPage];
    },
    look,
    page: span.first,
    isPending: head.isPending,
    isFetching: head.isFetching || others.some(({ isFetching }) => isFetching),
    error: beginning === undefined ? head.error : null,
    outdated:
      beginning === undefined || head.error === null ? undefined : { error: head.error, sinceMs: head.dataUpdatedAt },
    rowsError: others.find(({ data, error }) => data === undefined && error !== null)?.error ?? null,
    refetch: () => {
      void queryClient.invalidateQueries({ queryKey: keyOf(path, parameters) });
    },
  };
}

function pagesOf({ first, last }: Span): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
