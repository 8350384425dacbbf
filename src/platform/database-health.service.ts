import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from './database.js';
import { HealthChecks } from './health/health-checks.js';

/** Lets `/readyz` ask the database. */
@Injectable()
export class DatabaseHealth implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly health: HealthChecks,
  ) {}

  onModuleInit(): void {
    this.health.add({ name: 'database', check: (signal) => this.database.ping(signal) });
  }
}
