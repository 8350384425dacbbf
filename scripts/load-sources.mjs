// Lets Node run the TypeScript sources as they are: it strips the types by itself, but takes `./x.js` in them at its word.
// Not for files with decorators or parameter properties.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const fromSource = context.parentURL?.endsWith('.ts') || context.parentURL?.endsWith('.mjs');
    if (!fromSource || !/^\.{1,2}\/.*\.js$/.test(specifier)) return next(specifier, context);
    try {
      return next(specifier, context);
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      return next(specifier.replace(/\.js$/, '.ts'), context);
    }
  },
});
