import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AuditUpkeepTask } from './audit-upkeep.task.js';
import { BackgroundTasksConfig } from './background-tasks.config.js';
import { HousekeepingTask } from './housekeeping.task.js';
import { OutboxDeliveryTask } from './outbox-delivery.task.js';
import { Outbox } from './outbox.service.js';
import { OutboxStore } from './outbox.store.js';
import { ScheduleStore } from './schedule.store.js';
import { ScheduledTasks } from './scheduled-tasks.service.js';
import { TaskQueueStore } from './task-queue.store.js';
import { TaskWorker } from './task-worker.service.js';

@Module({})
export class BackgroundTasksModule {
  static forRoot(config: BackgroundTasksConfig): DynamicModule {
    return {
      module: BackgroundTasksModule,
      global: true,
      imports: [ScheduleModule.forRoot()],
      providers: [
        { provide: BackgroundTasksConfig, useValue: config },
        TaskQueueStore,
        TaskWorker,
        ScheduleStore,
        ScheduledTasks,
        AuditUpkeepTask,
        HousekeepingTask,
        Outbox,
        OutboxStore,
        OutboxDeliveryTask,
      ],
      exports: [TaskWorker, ScheduledTasks, Outbox],
    };
  }
}
