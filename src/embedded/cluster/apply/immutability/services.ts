import { type JsonObject, listAt, textAt } from '../json.js';
import { partOf, textOf } from '../validation/checks.js';
import { fieldInvalid, type FieldFault } from '../validation/fault.js';

const ADDRESSED = ['ClusterIP', 'NodePort', 'LoadBalancer'];

/** What of a Service may not change: its cluster address, as long as it has one. */
export function serviceChangeFaults(live: JsonObject, updated: JsonObject): FieldFault[] {
  const before = partOf(live, 'spec');
  const after = partOf(updated, 'spec');
  if (!isAddressed(before) || !isAddressed(after)) return [];
  const address = textAt(before, 'clusterIP');
  if (address === undefined || address === '' || address === textAt(after, 'clusterIP')) return [];
  const addresses = listAt(after, 'clusterIPs').length > 0 ? after['clusterIPs'] : [textOf(after, 'clusterIP')];
  return [fieldInvalid('spec.clusterIPs[0]', addresses, 'may not change once set')];
}

function isAddressed(spec: JsonObject): boolean {
  return ADDRESSED.includes(textOf(spec, 'type'));
}
