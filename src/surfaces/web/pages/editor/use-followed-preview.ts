import { useCallback, useEffect, useRef, useState } from "react";
import type { PreviewAnswer } from "../../../../app/wire/proposals.ts";
import { send } from "../../api/client.ts";
import { type Followed, type Follower, followTyping } from "./follow-typing.ts";

/** Quiet time after the last key, in ms: long enough not to ask for every letter, short enough to feel live. */
const quietMs = 350;

export interface FollowedPreview {
  readonly state: Followed<PreviewAnswer>;
  readonly type: (text: string) => void;
  readonly retry: () => void;
}

/** What the server makes of the text while it is typed. */
export function useFollowedPreview(id: string, text: string): FollowedPreview {
  const first = useRef(text);
  const follower = useRef<Follower<PreviewAnswer>>(undefined);
  const [state, setState] = useState<Followed<PreviewAnswer>>(() => ({
    text,
    answer: undefined,
    failure: undefined,
    isBehind: true,
  }));
  useEffect(() => {
    const mine = followTyping<PreviewAnswer>({
      text: first.current,
      quietMs,
      ask: async (manifest, signal) =>
        send<PreviewAnswer>("POST", `proposals/${encodeURIComponent(id)}/preview`, { manifest }, { signal }),
      explain: (error) => (error instanceof Error ? error.message : String(error)),
      changed: setState,
    });
    follower.current = mine;
    return () => {
      mine.stop();
    };
  }, [id]);
  const type = useCallback((next: string) => follower.current?.type(next), []);
  const retry = useCallback(() => follower.current?.retry(), []);
  return { state, type, retry };
}
