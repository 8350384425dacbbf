import { newId } from '../../src/platform/ids.js';
import type { TestDatabase } from './database.js';

export const testQueue = 'test';

/** A ready task; without a subject it has one of its own. */
export async function addTask(test: TestDatabase, subject: string = newId(), queue = testQueue): Promise<string> {
  const id = newId();
  await test.sql('insert into public.tasks (id, queue, subject) values ($1, $2, $3)', [id, queue, subject]);
  return id;
}

export interface TaskState {
  readonly state: string;
  readonly fence: number;
  readonly worker: string | null;
}

export async function taskState(test: TestDatabase, id: string): Promise<TaskState | undefined> {
  const query = 'select state, fence::integer as fence, worker from public.tasks where id = $1';
  return (await test.sql<TaskState>(query, [id]))[0];
}

/** Ends a task as a room's function does, with its work. */
export async function endTask(test: TestDatabase, id: string): Promise<void> {
  await test.sql('select public.task_done($1)', [id]);
}

/** Lets the leases of all running tasks run out. */
export async function expireLeases(test: TestDatabase): Promise<void> {
  await test.sql("update public.tasks set lease_until = now() - interval '1 second' where state = 'running'");
}
