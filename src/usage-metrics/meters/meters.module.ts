import { Module } from '@nestjs/common';
import { MetersController } from './meters.controller.js';
import { MetersService } from './meters.service.js';
import { MetersStore } from './meters.store.js';

@Module({
  controllers: [MetersController],
  providers: [MetersStore, MetersService],
  exports: [MetersService],
})
export class MetersModule {}
