import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { Font } from 'fontkit';
import type { Typeface } from './invoice-pdf.js';

/** Noto Sans: Latin, Greek, Cyrillic and Devanagari. Read when the first PDF is made, then kept. */
@Injectable()
export class TypefaceService {
  private loading: Promise<Typeface> | undefined;

  /** For one document. */
  async get(): Promise<Typeface> {
    // One that failed is tried again.
    this.loading ??= load().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    const { regular, bold, covers } = await this.loading;
    return { regular: viewOf(regular), bold: viewOf(bold), covers };
  }
}

async function load(): Promise<Typeface> {
  const folder = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/noto-sans/package.json'));
  const [regular, bold] = await Promise.all([
    fontIn(join(folder, '400Regular', 'NotoSans_400Regular.ttf')),
    fontIn(join(folder, '700Bold', 'NotoSans_700Bold.ttf')),
  ]);
  const [first, second] = [new Set(regular.characterSet), new Set(bold.characterSet)];
  return { regular, bold, covers: (codePoint) => first.has(codePoint) && second.has(codePoint) };
}

async function fontIn(path: string): Promise<Font> {
  const { create } = await import('fontkit');
  return asFont(create(await readFile(path)));
}

/**
 * The same font, parsed once, which takes most of the time of a document, with a store of glyphs of its own: a glyph keeps the characters that it
 * first stood for, and those of one document must not be told in the next.
 */
function viewOf(font: Font): Font {
  return asFont(Object.create(font, { _glyphs: { value: {}, writable: true } }));
}

function asFont(value: unknown): Font {
  if (!isFont(value)) throw new Error('this is not a font');
  return value;
}

function isFont(value: unknown): value is Font {
  return typeof value === 'object' && value !== null && 'layout' in value;
}
