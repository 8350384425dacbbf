import { Module } from '@nestjs/common';
import { CatalogController } from './catalog.controller.js';
import { LlmPricesService } from './llm-prices.service.js';
import { LlmPricesStore } from './llm-prices.store.js';
import { PlansService } from './plans.service.js';
import { PlansStore } from './plans.store.js';

/** What is sold, and what calls of language models cost. */
@Module({
  controllers: [CatalogController],
  providers: [PlansService, PlansStore, LlmPricesService, LlmPricesStore],
  exports: [PlansService],
})
export class CatalogModule {}
