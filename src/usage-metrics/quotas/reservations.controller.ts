import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { commitment, newReservation, reservation } from './reservation.js';
import { ReservationsService } from './reservations.service.js';

const tag = 'quotas';
const params = z.strictObject({
  tenant: z.string().min(1).max(63).describe('The id or the slug'),
  reservation: z.uuid().toLowerCase().describe('An id that you make: the same again is the same reservation'),
});
const write = { scope: 'usage:write', of: 'tenant', param: 'tenant' } as const;
const ending = {
  not_found: ['tenant_not_found', 'reservation_not_found'],
  conflict: ['reservation_ended'],
} as const;

const putReservation = defineRoute({
  name: 'putReservation',
  method: 'PUT',
  path: '/v1/tenants/{tenant}/reservations/{reservation}',
  tag,
  summary: 'Set an amount of a metered feature aside',
  description:
    'Of a hard limit never more is committed and reserved than there is, however many ask at once. Where a meter counts the feature, send the events before you commit.',
  access: write,
  params,
  body: newReservation,
  answers: {
    200: { description: 'It was made before, and is open.', schema: reservation },
    201: { description: 'The reservation.', schema: reservation },
  },
  problems: {
    not_found: ['tenant_not_found'],
    conflict: ['not_reservable', 'reservation_differs', 'reservation_ended'],
    unprocessable: ['unknown_feature'],
  },
});

const getReservation = defineRoute({
  name: 'getReservation',
  method: 'GET',
  path: '/v1/tenants/{tenant}/reservations/{reservation}',
  tag,
  summary: 'One reservation',
  access: { scope: 'usage:read', of: 'tenant', param: 'tenant' },
  params,
  answers: { 200: { description: 'The reservation. It is kept for 35 days after its end.', schema: reservation } },
  problems: { not_found: ['tenant_not_found', 'reservation_not_found'] },
});

const commitReservation = defineRoute({
  name: 'commitReservation',
  method: 'POST',
  path: '/v1/tenants/{tenant}/reservations/{reservation}/commit',
  tag,
  summary: 'Say what was used of a reservation, and give the rest back',
  access: write,
  params,
  body: commitment,
  answers: { 200: { description: 'The reservation as it ended.', schema: reservation } },
  problems: { ...ending, unprocessable: ['beyond_reservation'] },
});

const releaseReservation = defineRoute({
  name: 'releaseReservation',
  method: 'POST',
  path: '/v1/tenants/{tenant}/reservations/{reservation}/release',
  tag,
  summary: 'Give a reservation back',
  access: write,
  params,
  answers: { 200: { description: 'The reservation as it ended.', schema: reservation } },
  problems: ending,
});

@Controller()
export class ReservationsController {
  constructor(private readonly reservations: ReservationsService) {}

  @Route(putReservation)
  async put({ params: of, body }: InputOf<typeof putReservation>): Promise<AnswerOf<typeof putReservation>> {
    const made = await this.reservations.reserve(of.tenant, callerReach(), of.reservation, body, requestActor());
    return made.created ? answer(201, made.reservation) : answer(200, made.reservation);
  }

  @Route(getReservation)
  get({ params: of }: InputOf<typeof getReservation>): Promise<AnswerOf<typeof getReservation>> {
    return this.reservations.get(of.tenant, callerReach(), of.reservation);
  }

  @Route(commitReservation)
  commit({ params: of, body }: InputOf<typeof commitReservation>): Promise<AnswerOf<typeof commitReservation>> {
    return this.reservations.commit(of.tenant, callerReach(), of.reservation, body.amount, requestActor());
  }

  @Route(releaseReservation)
  release({ params: of }: InputOf<typeof releaseReservation>): Promise<AnswerOf<typeof releaseReservation>> {
    return this.reservations.release(of.tenant, callerReach(), of.reservation, requestActor());
  }
}
