import type { JsonObject } from '../json.js';
import { compareQuantities } from '../quantity.js';
import { addInvalid, NOT_NEGATIVE, partOf } from './checks.js';
import { fieldInvalid, type FieldFault } from './fault.js';
import { qualifiedNameFaults } from './names.js';

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Limits and requests of a container: known resources, not negative, no request above its limit. */
export function checkContainerResources(resources: JsonObject, at: string, faults: FieldFault[]): void {
  const limits = partOf(resources, 'limits');
  const requests = partOf(resources, 'requests');
  checkAmounts(limits, `${at}.limits`, faults);
  checkAmounts(requests, `${at}.requests`, faults);
  for (const name in requests) {
    const request = requests[name];
    const limit = limits[name];
    if (!isAmount(request) || !isAmount(limit) || compareQuantities(request, limit) <= 0) continue;
    const why = `must be less than or equal to ${name} limit of ${limit}`;
    faults.push(fieldInvalid(`${at}.requests`, String(request), why));
  }
}

function checkAmounts(amounts: JsonObject, at: string, faults: FieldFault[]): void {
  for (const name in amounts) {
    const path = `${at}[${name}]`;
    addInvalid(faults, path, name, resourceNameFaults(name));
    checkAmount(amounts[name], path, faults);
  }
}

/** An amount that may not be below zero. */
export function checkAmount(amount: unknown, at: string, faults: FieldFault[]): void {
  if (isAmount(amount) && compareQuantities(amount, 0) < 0) faults.push(fieldInvalid(at, String(amount), NOT_NEGATIVE));
}

/** True for what a quantity can be written as. */
export function isAmount(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** What has no domain must be one of the resources that every node has. */
function resourceNameFaults(name: string): string[] {
  const faults = qualifiedNameFaults(name);
  if (faults.length > 0 || name.includes('/')) return faults;
  if (STANDARD.has(name) || name.startsWith('hugepages-')) return [];
  return ['must be a standard resource type or fully qualified', 'must be a standard resource for containers'];
}
