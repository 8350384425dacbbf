import { Module } from '@nestjs/common';
import { InvoicesModule } from '../invoices/invoices.module.js';
import { DocumentsController } from './documents.controller.js';
import { InvoiceDocuments } from './invoice-documents.service.js';
import { TypefaceService } from './typeface.service.js';

@Module({
  imports: [InvoicesModule],
  controllers: [DocumentsController],
  providers: [InvoiceDocuments, TypefaceService],
})
export class DocumentsModule {}
