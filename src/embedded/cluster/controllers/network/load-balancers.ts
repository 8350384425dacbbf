import type { Context } from '../context.js';
import { itself, type Controller, type ObjectId } from '../controller.js';
import { isTerminating } from '../ownership.js';

const KEY = '/services';
const SOURCE = 'service-controller';

/** Pretends a cloud that gives every service of type LoadBalancer an address, from a range kept for documentation. */
export class LoadBalancerController implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'] = { [KEY]: itself };
  private last = 0;

  constructor(private readonly context: Context) {}

  reconcile({ namespace, name }: ObjectId): void {
    const { view, events } = this.context;
    const service = view.get(KEY, namespace, name);
    if (service === undefined || isTerminating(service)) return;
    const has = (service.status?.loadBalancer?.ingress ?? []).length > 0;
    const wants = service.spec.type === 'LoadBalancer';
    if (wants === has) return;
    if (!wants) {
      view.setStatus(KEY, service, { ...service.status, loadBalancer: {} });
      return;
    }
    events.record(SOURCE, service, {
      type: 'Normal',
      reason: 'EnsuringLoadBalancer',
      message: 'Ensuring load balancer',
    });
    this.last = (this.last % 254) + 1;
    const ip = service.spec.loadBalancerIP ?? `203.0.113.${this.last}`;
    view.setStatus(KEY, service, { ...service.status, loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } });
    events.record(SOURCE, service, { type: 'Normal', reason: 'EnsuredLoadBalancer', message: 'Ensured load balancer' });
  }
}
