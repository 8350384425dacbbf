import type { JsonObject } from '../json.js';
import { addInvalid, checkOneOf, itemsAt, partOf, textOf, textsOf } from './checks.js';
import { checkContainers, checkUser } from './container.js';
import { fieldForbidden, fieldInvalid, fieldRequired, type FieldFault } from './fault.js';
import { checkAnnotations, checkLabels } from './metadata.js';
import { dnsLabelFaults, subdomainFaults } from './names.js';
import { checkScheduling } from './scheduling.js';
import { checkVolumes } from './volumes.js';

const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];

/** The spec of a pod or of a template. `claimed` are volumes that come from claim templates beside it. */
export function checkPodSpec(
  spec: JsonObject,
  at: string,
  faults: FieldFault[],
  claimed: readonly string[] = [],
): void {
  const volumes = checkVolumes(spec, at, faults);
  for (const name of claimed) volumes.add(name);
  checkContainers(spec, at, volumes, faults);
  checkOneOf(spec, 'restartPolicy', at, faults, RESTART_POLICIES, 'optional');
  checkOneOf(spec, 'dnsPolicy', at, faults, DNS_POLICIES, 'optional');
  checkScheduling(spec, at, faults);
  checkUser(partOf(spec, 'securityContext'), `${at}.securityContext`, faults);
  checkNames(spec, at, faults);
  checkDns(spec, at, faults);
  checkDeadline(spec, at, faults);
}

function checkNames(spec: JsonObject, at: string, faults: FieldFault[]): void {
  for (const member of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName']) {
    const name = textOf(spec, member);
    if (name !== '') addInvalid(faults, `${at}.${member}`, name, subdomainFaults(name));
  }
  for (const member of ['hostname', 'subdomain']) {
    const name = textOf(spec, member);
    if (name !== '') addInvalid(faults, `${at}.${member}`, name, dnsLabelFaults(name));
  }
  for (const { item, path } of itemsAt(spec, 'imagePullSecrets', at)) {
    if (textOf(item, 'name') === '') faults.push(fieldRequired(`${path}.name`));
  }
}

function checkDns(spec: JsonObject, at: string, faults: FieldFault[]): void {
  if (spec['dnsPolicy'] !== 'None') return;
  const config = spec['dnsConfig'];
  if (config === undefined) {
    const why = 'must provide `dnsConfig` when `dnsPolicy` is None';
    faults.push(fieldRequired(`${at}.dnsConfig`, why));
  } else if (textsOf(partOf(spec, 'dnsConfig'), 'nameservers').length === 0) {
    const why = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    faults.push(fieldRequired(`${at}.dnsConfig.nameservers`, why));
  }
}

function checkDeadline(spec: JsonObject, at: string, faults: FieldFault[]): void {
  const { activeDeadlineSeconds: deadline } = spec;
  if (typeof deadline === 'number' && (deadline < 1 || deadline > 2 ** 31 - 1)) {
    const why = 'must be between 1 and 2147483647, inclusive';
    faults.push(fieldInvalid(`${at}.activeDeadlineSeconds`, deadline, why));
  }
}

/** A template of pods: its labels, annotations and spec. */
export function checkPodTemplate(
  template: JsonObject,
  at: string,
  faults: FieldFault[],
  claimed: readonly string[] = [],
): void {
  const metadata = partOf(template, 'metadata');
  checkLabels(partOf(metadata, 'labels'), `${at}.labels`, faults);
  checkAnnotations(partOf(metadata, 'annotations'), `${at}.annotations`, faults);
  const spec = partOf(template, 'spec');
  checkPodSpec(spec, `${at}.spec`, faults, claimed);
  const ephemeral = spec['ephemeralContainers'];
  if (Array.isArray(ephemeral) && ephemeral.length > 0) {
    faults.push(fieldForbidden(`${at}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  }
}
