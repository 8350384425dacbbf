// A thread of its own that sends requests on so many connections and answers with how long each took.
import { Agent, get } from 'node:http';
import { parentPort } from 'node:worker_threads';

parentPort.on('message', (task) => void run(task));

async function run({ url, headers, connections, seconds, perSecond }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const end = performance.now() + seconds * 1_000;
  const samples = [];
  // As fast as answers come, or at a steady rate that all connections share.
  const pauseMs = perSecond === undefined ? 0 : (connections * 1_000) / perSecond;
  const connection = async (index) => {
    let due = performance.now() + (index * pauseMs) / connections;
    while (due < end) {
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      samples.push(await timed(url, headers, agent));
      due = Math.max(due + pauseMs, pauseMs === 0 ? performance.now() : 0);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, (_, index) => connection(index)));
    parentPort.postMessage({ samples }, []);
  } catch (error) {
    parentPort.postMessage({ error: error.message }, []);
  } finally {
    agent.destroy();
  }
}

/** Milliseconds from sending to the end of the answer. */
function timed(url, headers, agent) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    get(url, { headers, agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`));
      answer.on('end', () => resolve(performance.now() - began));
      answer.resume();
    }).on('error', reject);
  });
}
