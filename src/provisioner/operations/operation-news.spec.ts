import { OperationNews } from './operation-news.js';

describe('news of operations', () => {
  it('reach everybody who listens to that operation, and nobody else', () => {
    const news = new OperationNews();
    const heard: string[] = [];
    news.listen('a', () => heard.push('first'));
    news.listen('a', () => heard.push('second'));
    news.listen('b', () => heard.push('other'));
    news.tell('a');
    news.tell('unknown');
    expect(heard).toEqual(['first', 'second']);
  });

  it('are not told to who has left, whenever that was, and nothing is kept for them', () => {
    const news = new OperationNews();
    const heard: string[] = [];
    const leave = news.listen('a', () => {
      heard.push('once');
      leave();
    });
    news.tell('a');
    news.tell('a');
    expect(heard).toEqual(['once']);
    leave();
    expect(news.size).toBe(0);
  });

  it('are told to who came after everybody had left', () => {
    const news = new OperationNews();
    const leave = news.listen('a', () => undefined);
    leave();
    const heard: string[] = [];
    news.listen('a', () => heard.push('later'));
    leave();
    news.tell('a');
    expect(heard).toEqual(['later']);
  });
});
