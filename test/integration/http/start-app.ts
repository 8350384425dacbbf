import type { DynamicModule, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { createHttpApp } from '../../../src/platform/http/http-app.js';
import { defaultHttpSettings, type HttpSettings } from '../../../src/platform/http/http-settings.js';
import { PlatformConfig, platformEnvironment } from '../../../src/platform/platform.config.js';
import { PlatformModule } from '../../../src/platform/platform.module.js';
import { createLogger } from '../../../src/platform/telemetry/logger.js';
import { ThingsController } from './things.controller.js';

@Module({ controllers: [ThingsController] })
class ThingsModule {}

@Module({})
class SampleModule {}

export const jsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.infer<typeof jsonObject>;

/** What came back, with a JSON body read. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  json: JsonObject;
}

export interface RunningApp {
  app: NestFastifyApplication;
  url: string;
  /** Everything logged so far. */
  log: JsonObject[];
  /** Sends JSON, or text where the body is text. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
}

/** The platform with the things of these tests, listening on a free port of the loopback. */
export async function startApp(
  options: {
    imports?: (Type | DynamicModule)[];
    drainSeconds?: number;
    http?: Partial<HttpSettings>;
    host?: string;
    checkAnswers?: boolean;
  } = {},
): Promise<RunningApp> {
  const log: JsonObject[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(jsonObject.parse(JSON.parse(line))) });
  const config = new PlatformConfig(platformEnvironment.parse({}));
  const imports = [PlatformModule.forRoot(config), ThingsModule, ...(options.imports ?? [])];
  const app = await createHttpApp(
    { module: SampleModule, imports },
    {
      logger,
      checkAnswers: options.checkAnswers ?? true,
      drainSeconds: options.drainSeconds ?? 5,
      http: { ...defaultHttpSettings, ...options.http },
    },
  );
  await app.listen(0, options.host ?? '127.0.0.1');
  const url = await app.getUrl();
  return { app, url, log, send: (...request) => sendTo(url, ...request) };
}

/** For a service that is reached at another address than it says. */
export async function sendTo(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url + path, {
    method,
    headers: { ...type, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text ? jsonObject.parse(JSON.parse(text)) : {},
  };
}

/** Waits until a condition holds; fails after two seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 2_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
