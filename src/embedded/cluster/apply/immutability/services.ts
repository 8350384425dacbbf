import { type JsonObject, listAt, objectAt, sameJson, textAt, withValueAt } from '../json.js';
import { itemsAt, partOf, textOf } from '../validation/checks.js';
import { fieldInvalid, type FieldFault } from '../validation/fault.js';

const ADDRESSED = ['ClusterIP', 'NodePort', 'LoadBalancer'];
const PUBLISHED = ['NodePort', 'LoadBalancer'];

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

/** A replaced Service keeps the addresses and node ports that were allocated to it and that its writer left out. */
export function keepAllocated(live: JsonObject, updated: JsonObject): JsonObject {
  const before = objectAt(live, 'spec');
  const after = objectAt(updated, 'spec');
  if (before === undefined || after === undefined) return updated;
  const spec = keepNodePorts(before, keepAddresses(before, after));
  return sameJson(spec, after) ? updated : withValueAt(updated, ['spec'], spec);
}

function keepAddresses(before: JsonObject, after: JsonObject): JsonObject {
  if (!isAddressed(before) || !isAddressed(after) || textOf(after, 'clusterIP') !== '') return after;
  const kept: JsonObject = { ...after };
  for (const member of ['clusterIP', 'clusterIPs']) if (before[member] !== undefined) kept[member] = before[member];
  for (const member of ['ipFamilies', 'ipFamilyPolicy']) kept[member] ??= before[member];
  return kept;
}

function keepNodePorts(before: JsonObject, after: JsonObject): JsonObject {
  const published = [before, after].every((spec) => PUBLISHED.includes(textOf(spec, 'type')));
  if (!published) return after;
  const live = itemsAt(before, 'ports', '').map(({ item }) => item);
  const ports = itemsAt(after, 'ports', '').map(({ item }) => {
    const same = live.find((port) => port['port'] === item['port'] && port['protocol'] === item['protocol']);
    const free = item['nodePort'] === undefined && same?.['nodePort'] !== undefined;
    return free ? { ...item, nodePort: same['nodePort'] } : item;
  });
  return { ...after, ports };
}
