import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { create } from 'fontkit';
import type { Typeface } from './invoice-pdf.js';

/** Noto Sans: Latin, Greek, Cyrillic and Devanagari. Read when the first PDF is made, then kept: 1.2 MB. */
@Injectable()
export class TypefaceService {
  private loading: Promise<Typeface> | undefined;

  get(): Promise<Typeface> {
    this.loading ??= load();
    return this.loading;
  }
}

async function load(): Promise<Typeface> {
  const folder = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/noto-sans/package.json'));
  const [regular, bold] = await Promise.all([
    readFile(join(folder, '400Regular', 'NotoSans_400Regular.ttf')),
    readFile(join(folder, '700Bold', 'NotoSans_700Bold.ttf')),
  ]);
  const [first, second] = [charactersOf(regular), charactersOf(bold)];
  return { regular, bold, covers: (codePoint) => first.has(codePoint) && second.has(codePoint) };
}

function charactersOf(file: Buffer): ReadonlySet<number> {
  const font = create(file);
  if (!('characterSet' in font)) throw new Error('the file of the typeface holds several fonts');
  return new Set(font.characterSet);
}
