import { Module } from '@nestjs/common';
import { EvaluationPayments } from './evaluation-payments.client.js';
import { NoPayments } from './no-payments.client.js';
import { PaymentProvider } from './payment-provider.js';
import { PaymentsConfig } from './payments.config.js';
import { PaymentsController } from './payments.controller.js';
import { Payments } from './payments.service.js';
import { PaymentsStore } from './payments.store.js';
import { PaymentsTask } from './payments.task.js';
import { ProviderCalls } from './provider-calls.service.js';
import { WebhooksController } from './webhooks.controller.js';
import { Webhooks } from './webhooks.service.js';
import { WebhooksStore } from './webhooks.store.js';

async function providerOf({ choice }: PaymentsConfig): Promise<PaymentProvider> {
  switch (choice.provider) {
    case 'none':
      return new NoPayments();
    case 'evaluation':
      return new EvaluationPayments();
    case 'stripe': {
      // Its package is big: who does not use it does not load it.
      const { StripePayments } = await import('./stripe-payments.client.js');
      return new StripePayments(choice.stripe);
    }
  }
}

@Module({
  controllers: [PaymentsController, WebhooksController],
  providers: [
    { provide: PaymentProvider, useFactory: providerOf, inject: [PaymentsConfig] },
    Payments,
    PaymentsStore,
    PaymentsTask,
    ProviderCalls,
    Webhooks,
    WebhooksStore,
  ],
  exports: [PaymentProvider],
})
export class PaymentsModule {}
