import { eventFrame, heartbeatFrame, retryFrame } from './sse-frames.js';

describe('frames of an event stream', () => {
  it.each([
    [{ data: { n: 1 } }, 'data: {"n":1}\n\n'],
    [{ id: '7', type: 'step', data: 'x' }, 'id: 7\nevent: step\ndata: "x"\n\n'],
    [{ data: 'two\nlines' }, String.raw`data: "two\nlines"` + '\n\n'],
    [{ id: 'a\ndata: forged', data: 1 }, 'id: a data: forged\ndata: 1\n\n'],
    [{ type: 'a\r\nb\0', data: null }, 'event: a  b \ndata: null\n\n'],
  ])('%j', (event, frame) => {
    expect(eventFrame(event)).toBe(frame);
  });

  it('heartbeats are comments, and the pause is told in milliseconds', () => {
    expect(heartbeatFrame).toBe(': heartbeat\n\n');
    expect(retryFrame(2_000)).toBe('retry: 2000\n\n');
  });
});
