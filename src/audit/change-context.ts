/** Who makes a change, for the trail. Handed to every SQL function that changes something; it writes the audit row with the change. */
export interface ChangeContext {
  /** `operator`, `key:<id>` or `user:<id>`; `system` for what Tenantry does by itself. */
  readonly actor: string;
  readonly request_id: string | null;
  /** The API key that it is made with, if any: the change is refused when that holds no longer by then. */
  readonly credential?: string | null;
  /** The user whose membership it is made by, if any: the change is refused when that has ended by then. */
  readonly member?: string | null;
  /** Where the caller is. */
  readonly address?: string | null;
}

export const bySystem: ChangeContext = { actor: 'system', request_id: null };
