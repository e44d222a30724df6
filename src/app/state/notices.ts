/** Short texts between the processes that share a state; what is lost on the way is lost. Needed where there is more than one server. */
export interface Notices {
  /** To all other processes, at most {@link mostNoticeBytes}; never waits and never fails. */
  tell(text: string): void;
  /**
   * @param hear a notice of another process; undefined: some may have been missed
   * @returns stops listening
   */
  listen(hear: (text: string | undefined) => void): () => void;
}

/** As much as PostgreSQL passes on, with room for the envelope. */
export const mostNoticeBytes = 7_500;

/** For a state that one process has to itself. */
export const noNotices: Notices = { tell: () => {}, listen: () => () => {} };
