import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Outbox } from '../../background-tasks/outbox.service.js';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { ResourceSamples } from '../../platform/resource-samples.js';
import { DailyUsage } from './daily-usage.service.js';
import { stateTopics } from './instance-time.js';
import { InstanceTime } from './instance-time.service.js';
import { resourcesEvent } from './resource-usage.js';
import { Submitter } from './submitter.service.js';

const minute = 60;

/** Listens to the rooms that tell of usage, and does by the clock what there is to do. */
@Injectable()
export class SourcesTask implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly outbox: Outbox,
    private readonly samples: ResourceSamples,
    private readonly schedules: ScheduledTasks,
    private readonly instanceTime: InstanceTime,
    private readonly daily: DailyUsage,
    private readonly submitter: Submitter,
    private readonly platform: PlatformConfig,
  ) {}

  onModuleInit(): void {
    this.outbox.on(stateTopics, (message, signal) => this.instanceTime.take(message, signal));
    this.samples.takeBy((samples) => this.submitter.submit(samples.map((sample) => resourcesEvent(sample))));
  }

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.schedules.every('usage_instance_time', minute, (signal) => this.instanceTime.submit(signal));
    // Asks each minute, so that a day is made at 00:05 UTC wherever the process began, and what was missed soon after.
    this.schedules.every('usage_daily', minute, (signal) => this.daily.makeDue(signal));
  }
}
