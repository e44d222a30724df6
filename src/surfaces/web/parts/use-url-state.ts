import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";

/** Undefined and empty take the parameter out. */
export type UrlChange = Readonly<Record<string, string | number | readonly (string | number)[] | undefined>>;

export interface UrlState {
  /** First value of a parameter. */
  readonly one: (name: string) => string | undefined;
  readonly all: (name: string) => readonly string[];
  /** Filters and order: the page begins anew at the first one. `push` makes a step for the browser's back button. */
  readonly change: (change: UrlChange, options?: { readonly push?: boolean; readonly keepPage?: boolean }) => void;
}

/** The query of the URL as state: what a person sees is what a link shows to others. */
export function useUrlState(): UrlState {
  const [query, setQuery] = useSearchParams();
  const change = useCallback<UrlState["change"]>(
    (changes, { push = false, keepPage = false } = {}) => {
      setQuery(
        (before) => {
          const next = new URLSearchParams(before);
          if (!keepPage) {
            next.delete("cursor");
            next.delete("page");
          }
          for (const [name, value] of Object.entries(changes)) {
            next.delete(name);
            if (value === undefined || value === "") continue;
            for (const each of typeof value === "object" ? value : [value]) next.append(name, String(each));
          }
          return next;
        },
        { replace: !push },
      );
    },
    [setQuery],
  );
  return useMemo(
    () => ({ one: (name) => query.get(name) ?? undefined, all: (name) => query.getAll(name), change }),
    [query, change],
  );
}
