// CommonJS add-ons of Nest die in an import cycle when they are what loads Nest's ES modules first.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
