import { type DynamicModule, Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { MetersModule } from '../meters/meters.module.js';
import { QueriesModule } from '../queries/queries.module.js';
import { OpenMeterEventsController } from './openmeter-events.controller.js';
import { OpenMeterMetersController } from './openmeter-meters.controller.js';
import { OpenMeterSubjectsController } from './openmeter-subjects.controller.js';

/** The paths and shapes of OpenMeter's client, over the services of the other sub-rooms. */
@Module({})
export class OpenMeterModule {
  /** @param events the door for events, as the application has it */
  static over(events: DynamicModule): DynamicModule {
    return {
      module: OpenMeterModule,
      imports: [events, MetersModule, QueriesModule, TenantsModule],
      controllers: [OpenMeterEventsController, OpenMeterMetersController, OpenMeterSubjectsController],
    };
  }
}
