import { Readable } from 'node:stream';
import { Controller, StreamableFile } from '@nestjs/common';
import { callerReach } from '../../platform/caller-reach.js';
import { answer, type Answer, type AnswerOf, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import * as routes from './document-routes.js';
import { InvoiceDocuments } from './invoice-documents.service.js';

@Controller()
export class DocumentsController {
  constructor(private readonly documents: InvoiceDocuments) {}

  @Route(routes.getInvoiceHtml)
  html({ params }: InputOf<typeof routes.getInvoiceHtml>): Promise<AnswerOf<typeof routes.getInvoiceHtml>> {
    return this.file(params.invoice, 'html');
  }

  @Route(routes.getInvoicePdf)
  pdf({ params }: InputOf<typeof routes.getInvoicePdf>): Promise<AnswerOf<typeof routes.getInvoicePdf>> {
    return this.file(params.invoice, 'pdf');
  }

  @Route(routes.getInvoiceFocus)
  focus({ params }: InputOf<typeof routes.getInvoiceFocus>): Promise<AnswerOf<typeof routes.getInvoiceFocus>> {
    return this.file(params.invoice, 'focus');
  }

  @Route(routes.getMyInvoiceHtml)
  myHtml({ params }: InputOf<typeof routes.getMyInvoiceHtml>): Promise<AnswerOf<typeof routes.getMyInvoiceHtml>> {
    return this.file(params.invoice, 'html');
  }

  @Route(routes.getMyInvoicePdf)
  myPdf({ params }: InputOf<typeof routes.getMyInvoicePdf>): Promise<AnswerOf<typeof routes.getMyInvoicePdf>> {
    return this.file(params.invoice, 'pdf');
  }

  @Route(routes.getMyInvoiceFocus)
  myFocus({ params }: InputOf<typeof routes.getMyInvoiceFocus>): Promise<AnswerOf<typeof routes.getMyInvoiceFocus>> {
    return this.file(params.invoice, 'focus');
  }

  @Route(routes.exportFocus)
  async export({ query }: InputOf<typeof routes.exportFocus>): Promise<AnswerOf<typeof routes.exportFocus>> {
    const pieces = await begun(this.documents.focusOf(query, callerReach()));
    const file = new StreamableFile(Readable.from(pieces, { objectMode: false, highWaterMark: 65_536 }));
    const name = `focus-${query.from.slice(0, 10)}-${query.to.slice(0, 10)}.csv`;
    return answer(200, file, {
      'content-type': `${routes.mediaTypes.focus}; charset=utf-8`,
      'content-disposition': `attachment; filename="${name}"`,
    });
  }

  private async file(invoice: string, kind: routes.DocumentKind): Promise<Answer<200, StreamableFile>> {
    const { name, content } = await this.documents[kind](invoice, callerReach());
    const extension = kind === 'focus' ? 'csv' : kind;
    return answer(200, new StreamableFile(content), {
      'content-type': kind === 'pdf' ? routes.mediaTypes.pdf : `${routes.mediaTypes[kind]}; charset=utf-8`,
      'content-disposition': `${kind === 'focus' ? 'attachment' : 'inline'}; filename="${name}.${extension}"`,
    });
  }
}

/** Waits for the first piece, so that what is wrong is answered as a problem and not as a file that breaks off. */
async function begun<T>(pieces: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  const first = await pieces.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* pieces;
  })();
}
