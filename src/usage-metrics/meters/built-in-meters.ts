/** The meter that no events are counted for: the users who belong to a tenant. Billing asks the members themselves, so that none of this name is made. */
export const membersMeter = 'members';
