/** Who makes a change, for the trail. Handed to every SQL function that changes something; it writes the audit row with the change. */
export interface ChangeContext {
  /** `operator`, later a key or a user; `system` for what Tenantry does by itself. */
  readonly actor: string;
  readonly request_id: string | null;
}

export const bySystem: ChangeContext = { actor: 'system', request_id: null };
