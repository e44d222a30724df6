/** Small values under a name, such as when the history was last maintained. */
export interface SettingBook {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  /** Sets the value only if it still is `expected` (undefined: not set yet); of several processes that try, one wins. */
  exchange(name: string, expected: string | undefined, value: string): Promise<boolean>;
}
