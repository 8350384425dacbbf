import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { ScheduleStore } from './schedule.store.js';
import { ScheduledTasks } from './scheduled-tasks.service.js';
import { TaskQueueStore } from './task-queue.store.js';
import { TaskWorker } from './task-worker.service.js';

@Module({
  imports: [ScheduleModule.forRoot()],
  providers: [TaskQueueStore, TaskWorker, ScheduleStore, ScheduledTasks],
  exports: [TaskWorker, ScheduledTasks],
})
export class BackgroundTasksModule {}
