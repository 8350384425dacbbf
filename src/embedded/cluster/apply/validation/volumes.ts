import { isObject, type JsonObject } from '../json.js';
import { addInvalid, itemsAt, requireText, textOf } from './checks.js';
import { fieldDuplicate, fieldForbidden, fieldInvalid, fieldRequired, type FieldFault } from './fault.js';
import { dnsLabelFaults } from './names.js';
import { checkAmount } from './resources.js';

const MODE = 'must be a number between 0 and 0777 (octal), both inclusive';

/** Checks the volumes of a pod and names them. */
export function checkVolumes(spec: JsonObject, at: string, faults: FieldFault[]): Set<string> {
  const names = new Set<string>();
  for (const { item, path } of itemsAt(spec, 'volumes', at)) {
    const name = textOf(item, 'name');
    if (name === '') faults.push(fieldRequired(`${path}.name`));
    else addInvalid(faults, `${path}.name`, name, dnsLabelFaults(name));
    if (name !== '' && names.has(name)) faults.push(fieldDuplicate(`${path}.name`, name));
    names.add(name);
    checkSource(item, path, faults);
  }
  return names;
}

function checkSource(volume: JsonObject, at: string, faults: FieldFault[]): void {
  const sources = Object.keys(volume).filter((member) => member !== 'name' && isObject(volume[member]));
  if (sources.length === 0) faults.push(fieldRequired(at, 'must specify a volume type'));
  for (const [index, member] of sources.entries()) {
    const source = volume[member];
    const path = `${at}.${member}`;
    if (index > 0) faults.push(fieldForbidden(path, 'may not specify more than 1 volume type'));
    else if (isObject(source)) SOURCES[member]?.(source, path, faults);
  }
}

type Source = (source: JsonObject, at: string, faults: FieldFault[]) => void;

const SOURCES: Readonly<Record<string, Source>> = {
  configMap: (source, at, faults) => {
    requireText(source, 'name', at, faults);
    checkFiles(source, at, faults);
  },
  downwardAPI: (source, at, faults) => {
    checkMode(source['defaultMode'], `${at}.defaultMode`, faults);
    for (const { item, path } of itemsAt(source, 'items', at)) checkFilePath(item, path, faults);
  },
  emptyDir: (source, at, faults) => checkAmount(source['sizeLimit'], `${at}.sizeLimit`, faults),
  hostPath: (source, at, faults) => {
    requireText(source, 'path', at, faults);
    if (textOf(source, 'path').split('/').includes('..')) {
      faults.push(fieldInvalid(`${at}.path`, source['path'], "must not contain '..'"));
    }
  },
  nfs: (source, at, faults) => {
    requireText(source, 'server', at, faults);
    requireText(source, 'path', at, faults);
  },
  persistentVolumeClaim: (source, at, faults) => requireText(source, 'claimName', at, faults),
  projected: checkProjected,
  secret: (source, at, faults) => {
    requireText(source, 'secretName', at, faults);
    checkFiles(source, at, faults);
  },
};

function checkProjected(source: JsonObject, at: string, faults: FieldFault[]): void {
  checkMode(source['defaultMode'], `${at}.defaultMode`, faults);
  for (const { item, path } of itemsAt(source, 'sources', at)) {
    for (const member of ['configMap', 'secret']) {
      const part = item[member];
      if (!isObject(part)) continue;
      requireText(part, 'name', `${path}.${member}`, faults);
      checkFiles(part, `${path}.${member}`, faults);
    }
    const token = item['serviceAccountToken'];
    if (isObject(token)) requireText(token, 'path', `${path}.serviceAccountToken`, faults);
  }
}

function checkFiles(source: JsonObject, at: string, faults: FieldFault[]): void {
  checkMode(source['defaultMode'], `${at}.defaultMode`, faults);
  for (const { item, path } of itemsAt(source, 'items', at)) {
    requireText(item, 'key', path, faults);
    checkFilePath(item, path, faults);
  }
}

function checkFilePath(item: JsonObject, at: string, faults: FieldFault[]): void {
  requireText(item, 'path', at, faults);
  checkLocalPath(textOf(item, 'path'), `${at}.path`, faults);
  checkMode(item['mode'], `${at}.mode`, faults);
}

/** A path that stays below where it starts. */
export function checkLocalPath(path: string, at: string, faults: FieldFault[]): void {
  if (path.startsWith('/')) faults.push(fieldInvalid(at, path, 'must be a relative path'));
  if (path.split('/').includes('..')) faults.push(fieldInvalid(at, path, "must not contain '..'"));
}

function checkMode(mode: unknown, at: string, faults: FieldFault[]): void {
  if (typeof mode === 'number' && (mode < 0 || mode > 0o777)) faults.push(fieldInvalid(at, mode, MODE));
}
