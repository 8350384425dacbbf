import type { Pod } from '../pod-kinds.js';
import { isFinished } from '../pods.js';
import { requestsOf, type Room } from './fit.js';

const NOTHING: Readonly<Room> = { cpu: 0, memory: 0, pods: 0 };

/** Keeps what the pods of each node reserve, so that placing one costs no look at all the others. */
export class Ledger {
  private readonly taken = new Map<string, Room>();
  private readonly held = new Map<string, { node: string; room: Room }>();

  /** Counts a pod where it runs; answers whether room became free. */
  see(pod: Pod): boolean {
    const { uid } = pod.metadata;
    const node = pod.spec.nodeName;
    if (node === undefined) return false;
    if (isFinished(pod)) return this.release(uid);
    if (this.held.has(uid)) return false;
    const room = requestsOf(pod);
    this.held.set(uid, { node, room });
    this.add(node, room, 1);
    return false;
  }

  /** Gives back what the pod reserved; answers whether it reserved anything. */
  release(uid: string): boolean {
    const held = this.held.get(uid);
    if (held === undefined) return false;
    this.held.delete(uid);
    this.add(held.node, held.room, -1);
    return true;
  }

  takenOf(node: string): Readonly<Room> {
    return this.taken.get(node) ?? NOTHING;
  }

  private add(node: string, room: Room, sign: 1 | -1): void {
    const taken = this.takenOf(node);
    this.taken.set(node, {
      cpu: taken.cpu + sign * room.cpu,
      memory: taken.memory + sign * room.memory,
      pods: taken.pods + sign * room.pods,
    });
  }
}
