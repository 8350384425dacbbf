import type { ResourceSample } from '../../platform/resource-samples.js';
import { instanceSource } from '../events/own-events.js';
import type { SourceEvent } from './source-event.js';

/** The event of a sample. Pure. */
export function resourcesEvent(sample: ResourceSample): SourceEvent {
  return {
    tenantId: sample.tenantId,
    type: 'tenantry.instance.resources',
    source: instanceSource(sample.instanceId),
    id: `resources/${sample.periodStart}`,
    time: sample.periodStart,
    data: {
      instance_id: sample.instanceId,
      blueprint: sample.blueprint,
      seconds: sample.seconds,
      cpu_request_core_seconds: sample.cpuRequestCoreSeconds,
      cpu_use_core_seconds: sample.cpuUseCoreSeconds,
      memory_request_gib_seconds: sample.memoryRequestGibSeconds,
      memory_use_gib_seconds: sample.memoryUseGibSeconds,
      volume_gib_seconds: sample.volumeGibSeconds,
      volume_gib: sample.volumeGib,
    },
  };
}
