/** Who makes a change, for the trail. Handed to every SQL function that changes something; it writes the audit row with the change. */
export interface ChangeContext {
  /** `operator`, the id of a key or of a user; `system` for what Tenantry does by itself. */
  readonly actor: string;
  readonly request_id: string | null;
  /** The id of the key that proved it. A change whose credential was revoked meanwhile is refused where it would be written. */
  readonly credential?: string | null;
  /** Where the request came from. */
  readonly address?: string | null;
}

export const bySystem: ChangeContext = { actor: 'system', request_id: null };
