import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { EventsModule } from '../events/events.module.js';
import { MetersModule } from '../meters/meters.module.js';
import { QueriesModule } from '../queries/queries.module.js';
import { QuotasModule } from '../quotas/quotas.module.js';
import { OpenMeterEntitlementsController } from './openmeter-entitlements.controller.js';
import { OpenMeterEventsController } from './openmeter-events.controller.js';
import { OpenMeterMetersController } from './openmeter-meters.controller.js';
import { OpenMeterSubjectsController } from './openmeter-subjects.controller.js';

/** The paths and shapes of OpenMeter's client, over the services of the other sub-rooms. */
@Module({
  imports: [EventsModule, MetersModule, QueriesModule, QuotasModule, TenantsModule],
  controllers: [
    OpenMeterEntitlementsController,
    OpenMeterEventsController,
    OpenMeterMetersController,
    OpenMeterSubjectsController,
  ],
})
export class OpenMeterModule {}
