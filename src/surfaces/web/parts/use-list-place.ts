import { useLocation, useNavigate } from "react-router";
import type { UrlState } from "./use-url-state.ts";

/** Where in a list a person is; `page` counts from 1 and is for people, the cursor is what the server goes by. */
export interface ListPlace {
  readonly page: number;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly goOn: (cursor: string) => void;
  readonly goBack: () => void;
  readonly resize: (limit: number) => void;
}

interface PlaceState {
  /** The page before is the entry before in the browser's history. */
  readonly cameFromPageBefore?: boolean;
}

export function useListPlace(state: UrlState): ListPlace {
  const navigate = useNavigate();
  const location = useLocation();
  const page = Math.max(1, Number(state.one("page") ?? "1") || 1);
  const limit = Math.min(500, Math.max(1, Number(state.one("limit") ?? "50") || 50));
  return {
    page,
    limit,
    cursor: state.one("cursor"),
    goOn: (cursor) => {
      const query = new URLSearchParams(location.search);
      query.set("cursor", cursor);
      query.set("page", String(page + 1));
      void navigate(`?${query.toString()}`, { state: { cameFromPageBefore: true } satisfies PlaceState });
    },
    goBack: () => {
      // Cursors lead forward only: back is where the person came from, or the first page for a link that was followed.
      if ((location.state as PlaceState | null)?.cameFromPageBefore === true) void navigate(-1);
      else state.change({});
    },
    resize: (next) => {
      state.change({ limit: next === 50 ? undefined : next });
    },
  };
}
