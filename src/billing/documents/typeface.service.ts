import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { Typeface } from './invoice-pdf.js';

/** Noto Sans: Latin, Greek, Cyrillic and Devanagari. Read when the first PDF is made, then kept: 1.2 MB. */
@Injectable()
export class TypefaceService {
  private loading: Promise<Typeface> | undefined;

  get(): Promise<Typeface> {
    // One that failed is tried again.
    this.loading ??= load().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }
}

async function load(): Promise<Typeface> {
  const folder = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/noto-sans/package.json'));
  const [regular, bold] = await Promise.all([
    readFile(join(folder, '400Regular', 'NotoSans_400Regular.ttf')),
    readFile(join(folder, '700Bold', 'NotoSans_700Bold.ttf')),
  ]);
  const [first, second] = await Promise.all([charactersOf(regular), charactersOf(bold)]);
  return { regular, bold, covers: (codePoint) => first.has(codePoint) && second.has(codePoint) };
}

async function charactersOf(file: Buffer): Promise<ReadonlySet<number>> {
  const { create } = await import('fontkit');
  const font = create(file);
  if (!('characterSet' in font)) throw new Error('the file of the typeface holds several fonts');
  return new Set(font.characterSet);
}
