// A thread of its own that sends usage events over plain sockets, so that sending costs little beside what is measured.
import { connect } from 'node:net';
import { parentPort } from 'node:worker_threads';

parentPort.on('message', (task) => void run(task));

/** @param task `{host, port, key, connections, seconds, batch, prefix, repeat}`; `repeat`: each request goes out so many times with the same ids */
async function run(task) {
  const end = performance.now() + task.seconds * 1_000;
  const timed = { ...task, startedAt: Date.now() };
  const samples = [];
  try {
    const connections = Array.from({ length: task.connections }, (_, index) => connection(timed, index, end, samples));
    const events = (await Promise.all(connections)).reduce((sum, sent) => sum + sent, 0);
    parentPort.postMessage({ samples, events, wallMs: performance.now() - (end - task.seconds * 1_000) }, []);
  } catch (error) {
    parentPort.postMessage({ error: error.stack }, []);
  }
}

/** Sends the next request when the last one is answered. @returns how many events were answered for */
async function connection(task, index, end, samples) {
  const socket = connect(task.port, task.host);
  socket.setNoDelay(true);
  let sent = 0;
  try {
    for (let round = 0; performance.now() < end; round += 1) {
      const request = requestOf(task, `${task.prefix}-${index}-${Math.floor(round / (task.repeat ?? 1))}`);
      const began = performance.now();
      socket.write(request);
      const answer = await answerOf(socket);
      if (!answer.startsWith('HTTP/1.1 200')) throw new Error(answer.slice(0, 2_000));
      if (!answer.includes('"rejected":[]')) throw new Error(answer.slice(0, 2_000));
      samples.push(performance.now() - began);
      sent += task.batch;
    }
  } finally {
    socket.destroy();
  }
  return sent;
}

function requestOf({ key, batch, host, startedAt }, id) {
  const events = Array.from({ length: batch }, (_, n) => eventOf(`${id}-${n}`, startedAt, n));
  const body = batch === 1 ? events[0] : `[${events.join(',')}]`;
  return `POST /v1/usage/events HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The same whenever it is sent again. */
function eventOf(id, startedAt, n) {
  const time = new Date(startedAt - (n % 600) * 1_000).toISOString();
  return `{"specversion":"1.0","id":"${id}","source":"/bench","type":"bench.used","time":"${time}","data":{"tokens":${n % 97},"model":"m-${n % 5}","cost":"0.00${n % 9}1"}}`;
}

function answerOf(socket) {
  return new Promise((resolve, reject) => {
    let text = '';
    const done = (settle, value) => {
      socket.off('data', read).off('error', fail).off('close', closed);
      settle(value);
    };
    const read = (chunk) => {
      text += chunk.latin1Slice();
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (text.length >= head + 4 + length) done(resolve, text);
    };
    const fail = (error) => done(reject, error);
    const closed = () => done(reject, new Error(`closed: ${text}`));
    socket.on('data', read).on('error', fail).on('close', closed);
  });
}
