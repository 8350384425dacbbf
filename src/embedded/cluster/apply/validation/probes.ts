import { isObject, type JsonObject } from '../json.js';
import { addInvalid, checkNotNegative, checkOneOf, itemsAt, requireText, textOf } from './checks.js';
import { fieldForbidden, fieldInvalid, fieldRequired, type FieldFault } from './fault.js';
import { headerFaults, portNameFaults, portNumberFaults } from './names.js';

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;
const PROBE_COUNTS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

/** Probes and lifecycle hooks of a container. */
export function checkProbes(container: JsonObject, at: string, faults: FieldFault[]): void {
  for (const member of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[member];
    if (!isObject(probe)) continue;
    checkHandler(probe, `${at}.${member}`, faults);
    checkNotNegative(probe, PROBE_COUNTS, `${at}.${member}`, faults);
    const { successThreshold } = probe;
    if (member !== 'readinessProbe' && typeof successThreshold === 'number' && successThreshold > 1) {
      faults.push(fieldInvalid(`${at}.${member}.successThreshold`, successThreshold, 'must be 1'));
    }
  }
  const { lifecycle } = container;
  if (!isObject(lifecycle)) return;
  for (const hook of ['postStart', 'preStop']) {
    const handler = lifecycle[hook];
    if (isObject(handler)) checkHandler(handler, `${at}.lifecycle.${hook}`, faults);
  }
}

function checkHandler(handler: JsonObject, at: string, faults: FieldFault[]): void {
  const named = HANDLERS.filter((member) => isObject(handler[member]));
  if (named.length === 0) faults.push(fieldRequired(at, 'must specify a handler type'));
  for (const [index, member] of named.entries()) {
    const action = handler[member];
    if (!isObject(action)) continue;
    const path = `${at}.${member}`;
    if (index > 0) faults.push(fieldForbidden(path, 'may not specify more than 1 handler type'));
    else checkAction(member, action, path, faults);
  }
}

function checkAction(member: (typeof HANDLERS)[number], action: JsonObject, at: string, faults: FieldFault[]): void {
  switch (member) {
    case 'exec':
      if (!Array.isArray(action['command']) || action['command'].length === 0) {
        faults.push(fieldRequired(`${at}.command`));
      }
      return;
    case 'httpGet':
      checkHttpGet(action, at, faults);
      return;
    case 'tcpSocket':
      checkPort(action['port'], `${at}.port`, faults);
      return;
    case 'grpc':
      addInvalid(faults, `${at}.port`, action['port'] ?? 0, portNumberFaults(action['port']));
      return;
    case 'sleep':
      return;
  }
}

function checkHttpGet(action: JsonObject, at: string, faults: FieldFault[]): void {
  requireText(action, 'path', at, faults);
  checkPort(action['port'], `${at}.port`, faults);
  checkOneOf(action, 'scheme', at, faults, ['HTTP', 'HTTPS']);
  for (const { item } of itemsAt(action, 'httpHeaders', at)) {
    addInvalid(faults, `${at}.httpHeaders`, textOf(item, 'name'), headerFaults(textOf(item, 'name')));
  }
}

/** A port by number or by name. */
function checkPort(port: unknown, at: string, faults: FieldFault[]): void {
  if (typeof port === 'string') addInvalid(faults, at, port, portNameFaults(port));
  else addInvalid(faults, at, port ?? 0, portNumberFaults(port));
}
