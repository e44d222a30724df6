/** The paths a person can type from where they are. */
export interface DemoPaths {
  readonly flows: string;
  readonly cluster: string;
  readonly policies: string;
  readonly out: string;
}
