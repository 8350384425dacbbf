import { fieldsAt, isFields, itemsAt, numberAt, stringAt, textAt, type Fields } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import type { ObjectStore, StoreEvent } from '../../store/object-store.js';
import { invalid } from '../../store/status-error.js';

const FIRST_NODE_PORT = 30_000;
const LAST_NODE_PORT = 32_767;
/** 10.96.0.0/12 without its first addresses, which belong to the API server and DNS. */
const RANGE_START = (10 << 24) | (96 << 16) | 16;
const RANGE_SIZE = 2 ** 20 - 32;

/** Hands out cluster IPs and node ports, and knows which are taken. */
export class ServiceNetwork {
  private readonly addresses = new Map<string, string>();
  private readonly ports = new Map<number, string>();
  private nextAddress = 0;
  private nextPort = FIRST_NODE_PORT;
  private readonly unsubscribe: () => void;

  constructor(store: ObjectStore) {
    for (const service of store.list('/services')) this.take(service);
    this.unsubscribe = store.subscribe((event) => this.notice(event));
  }

  stop(): void {
    this.unsubscribe();
  }

  /** A new or changed service with its addresses and ports; what it had it keeps. Throws 422 for what is taken. */
  admit(service: KubeObject, previous: KubeObject | undefined): KubeObject {
    const spec = fieldsAt(service, 'spec');
    const type = stringAt(spec, 'type') ?? 'ClusterIP';
    const before = fieldsAt(previous, 'spec');
    if (type === 'ExternalName') return { ...service, spec: withoutAddresses(spec) };
    const withIp = this.withAddress(service, spec, before);
    const takesPorts =
      type === 'NodePort' || (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false);
    return {
      ...service,
      spec: takesPorts ? this.withNodePorts(service, withIp, before) : withoutKeptPorts(withIp, before),
    };
  }

  private withAddress(service: KubeObject, spec: Fields, before: Fields): Fields {
    const kept = stringAt(before, 'clusterIP');
    const asked = stringAt(spec, 'clusterIP') || textAt(itemsAt(spec, 'clusterIPs')[0]) || kept || '';
    if (asked === 'None') return { ...families(spec), clusterIP: 'None', clusterIPs: ['None'] };
    if (asked !== '' && asked !== kept) this.checkFree(service, asked);
    const address = asked === '' ? this.freeAddress() : asked;
    return { ...families(spec), clusterIP: address, clusterIPs: [address] };
  }

  private checkFree(service: KubeObject, address: string): void {
    const owner = this.addresses.get(address);
    if (owner === undefined || owner === idOf(service)) return;
    const message = `Invalid value: [${JSON.stringify(address)}]: failed to allocate IP ${address}: provided IP is already allocated`;
    throw invalid('', 'Service', service.metadata.name, [
      { field: 'spec.clusterIPs', reason: 'FieldValueInvalid', message },
    ]);
  }

  private withNodePorts(service: KubeObject, spec: Fields, before: Fields): Fields {
    const old = itemsAt(before, 'ports');
    const ports = itemsAt(spec, 'ports').map((port, index) => {
      if (!isFields(port)) return port;
      const same = old.find((candidate) => numberAt(candidate, 'port') === numberAt(port, 'port'));
      const wanted = numberAt(port, 'nodePort') || numberAt(same, 'nodePort') || 0;
      if (wanted === 0) return { ...port, nodePort: this.freePort() };
      const owner = this.ports.get(wanted);
      if (owner !== undefined && owner !== idOf(service)) {
        const message = `Invalid value: ${wanted}: provided port is already allocated`;
        throw invalid('', 'Service', service.metadata.name, [
          { field: `spec.ports[${index}].nodePort`, reason: 'FieldValueInvalid', message },
        ]);
      }
      return { ...port, nodePort: wanted };
    });
    return { ...spec, ports };
  }

  private freeAddress(): string {
    for (let tries = 0; tries < RANGE_SIZE; tries += 1) {
      const number = RANGE_START + this.nextAddress;
      this.nextAddress = (this.nextAddress + 1) % RANGE_SIZE;
      const address = [24, 16, 8, 0].map((shift) => (number >> shift) & 255).join('.');
      if (!this.addresses.has(address)) return address;
    }
    throw new Error('no cluster IP is free');
  }

  private freePort(): number {
    for (let tries = 0; tries <= LAST_NODE_PORT - FIRST_NODE_PORT; tries += 1) {
      const port = this.nextPort;
      this.nextPort = port === LAST_NODE_PORT ? FIRST_NODE_PORT : port + 1;
      if (!this.ports.has(port)) return port;
    }
    throw new Error('no node port is free');
  }

  private notice({ key, type, object, previous }: StoreEvent): void {
    if (key !== '/services') return;
    if (previous !== undefined) this.release(previous);
    if (type !== 'DELETED') this.take(object);
  }

  private take(service: KubeObject): void {
    const address = stringAt(service, 'spec', 'clusterIP');
    if (address && address !== 'None') this.addresses.set(address, idOf(service));
    for (const port of nodePortsOf(service)) this.ports.set(port, idOf(service));
  }

  private release(service: KubeObject): void {
    this.addresses.delete(stringAt(service, 'spec', 'clusterIP') ?? '');
    for (const port of nodePortsOf(service)) this.ports.delete(port);
  }
}

function idOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function nodePortsOf(service: KubeObject): number[] {
  return itemsAt(service, 'spec', 'ports').flatMap((port) => numberAt(port, 'nodePort') ?? []);
}

function families(spec: Fields): Fields {
  return { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', ...spec };
}

function withoutAddresses(spec: Fields): Fields {
  const { clusterIP: _ip, clusterIPs: _ips, ipFamilies: _families, ipFamilyPolicy: _policy, ...rest } = spec;
  return rest;
}

const ONLY_EXTERNAL = ['externalTrafficPolicy', 'allocateLoadBalancerNodePorts', 'healthCheckNodePort'];

/** A service that is no longer reached through nodes gives back what it only carried along from when it was. */
function withoutKeptPorts(spec: Fields, before: Fields): Fields {
  const old = new Set(itemsAt(before, 'ports').map((port) => numberAt(port, 'nodePort')));
  const kept: Record<string, unknown> = { ...spec };
  if (stringAt(spec, 'type') !== 'LoadBalancer') {
    for (const member of ONLY_EXTERNAL) if (spec[member] === before[member]) delete kept[member];
  }
  if (!('ports' in spec)) return kept;
  kept['ports'] = itemsAt(spec, 'ports').map((port) => {
    if (!isFields(port) || !old.has(numberAt(port, 'nodePort'))) return port;
    const { nodePort: _nodePort, ...rest } = port;
    return rest;
  });
  return kept;
}
