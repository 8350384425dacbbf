import { dirname, join } from 'node:path';
import ts from 'typescript';

/**
 * Amounts and quantities are decimal strings or values of decimal.js. Numbers of JavaScript are for counting: indexes, lengths, days, months.
 * So nothing makes a number of a decimal, nothing makes a decimal of a number, and operators have numbers on both sides, or bigints.
 */
const forbiddenNames: ReadonlySet<string> = new Set([
  'Number',
  'parseFloat',
  'parseInt',
  'Math',
  'toNumber',
  'Float32Array',
  'Float64Array',
  'eval',
]);
/** Methods of Decimal that are given a number of digits. */
const takeDigits: ReadonlySet<string> = new Set(['toDecimalPlaces', 'toFixed']);
const zodNumbers: ReadonlySet<string> = new Set(['number', 'coerce', 'float32', 'float64']);

const K = ts.SyntaxKind;
const relational: ReadonlySet<ts.SyntaxKind> = new Set([
  K.LessThanToken,
  K.LessThanEqualsToken,
  K.GreaterThanToken,
  K.GreaterThanEqualsToken,
]);
const equality: ReadonlySet<ts.SyntaxKind> = new Set([
  K.EqualsEqualsToken,
  K.EqualsEqualsEqualsToken,
  K.ExclamationEqualsToken,
  K.ExclamationEqualsEqualsToken,
]);
const arithmetic: ReadonlySet<ts.SyntaxKind> = new Set([
  K.PlusToken,
  K.MinusToken,
  K.AsteriskToken,
  K.SlashToken,
  K.PercentToken,
  K.AsteriskAsteriskToken,
  K.PlusEqualsToken,
  K.MinusEqualsToken,
  K.AsteriskEqualsToken,
  K.SlashEqualsToken,
  K.PercentEqualsToken,
  K.AsteriskAsteriskEqualsToken,
]);
const fractions: ReadonlySet<ts.SyntaxKind> = new Set([
  K.SlashToken,
  K.SlashEqualsToken,
  K.PercentToken,
  K.AsteriskAsteriskToken,
]);

function faultsOf(file: ts.SourceFile, checker: ts.TypeChecker): string[] {
  const faults: string[] = [];
  const mayDivide = file.fileName.includes('/billing/periods/');
  const visit = (node: ts.Node): void => {
    const fault = faultOf(node, checker, mayDivide);
    if (fault !== undefined) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      faults.push(`${file.fileName.replace(/.*\/src\//, 'src/')}:${line + 1} ${fault}: ${node.getText(file)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
}

function faultOf(node: ts.Node, checker: ts.TypeChecker, mayDivide: boolean): string | undefined {
  if (ts.isPrefixUnaryExpression(node) && node.operator === K.PlusToken) return 'makes a number';
  if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken) return undefined;
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    return counts(node.operand, checker) ? undefined : 'calculates';
  }
  if (ts.isBinaryExpression(node)) return binaryFault(node, checker, mayDivide);
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return callFault(node, checker);
  return wordFault(node);
}

function wordFault(node: ts.Node): string | undefined {
  if ((ts.isIdentifier(node) || ts.isStringLiteral(node)) && forbiddenNames.has(node.text)) return 'makes numbers';
  if (ts.isNumericLiteral(node) && !/^\d+(_\d+)*$/.test(node.getText())) return 'a number that is not whole';
  if (!ts.isPropertyAccessExpression(node) || node.expression.getText() !== 'z') return undefined;
  return zodNumbers.has(node.name.text) ? 'takes numbers that are not whole' : undefined;
}

function binaryFault(
  { left, right, operatorToken: { kind } }: ts.BinaryExpression,
  checker: ts.TypeChecker,
  mayDivide: boolean,
): string | undefined {
  if (equality.has(kind)) {
    return [left, right].every((side) => holdsDecimal(checker.getTypeAtLocation(side)))
      ? 'compares objects, not values'
      : undefined;
  }
  if (fractions.has(kind) && !mayDivide) return 'divides';
  if (kind === K.PlusToken && [left, right].every((side) => ts.isStringLiteral(side) || ts.isBinaryExpression(side))) {
    // A long text in several lines.
    return [left, right].every((side) => isText(checker.getTypeAtLocation(side))) ? undefined : 'calculates';
  }
  if (!relational.has(kind) && !arithmetic.has(kind)) return undefined;
  return counts(left, checker) && counts(right, checker) ? undefined : 'calculates, or compares text';
}

/** A decimal is made of text, and calculates with decimals. */
function callFault(node: ts.CallExpression | ts.NewExpression, checker: ts.TypeChecker): string | undefined {
  const callee = node.expression;
  const receives = ts.isNewExpression(node)
    ? holdsDecimal(checker.getTypeAtLocation(node))
    : ts.isPropertyAccessExpression(callee) &&
      !takeDigits.has(callee.name.text) &&
      holdsDecimal(checker.getTypeAtLocation(callee.expression));
  if (!receives) return undefined;
  const bad = (node.arguments ?? []).some((argument) => {
    const type = checker.getTypeAtLocation(argument);
    return parts(type).some(({ flags }) => (flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.Any)) !== 0);
  });
  return bad ? 'gives a number to a decimal' : undefined;
}

function counts(node: ts.Expression, checker: ts.TypeChecker): boolean {
  const flags = ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike;
  return parts(checker.getTypeAtLocation(node)).every((type) => (type.flags & flags) !== 0);
}

function isText(type: ts.Type): boolean {
  return parts(type).every(({ flags }) => (flags & ts.TypeFlags.StringLike) !== 0);
}

function holdsDecimal(type: ts.Type): boolean {
  return parts(type).some(({ symbol }) => (symbol as ts.Symbol | undefined)?.name === 'Decimal');
}

function parts(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

const root = join(import.meta.dirname, '..', '..');
const planted = join(import.meta.dirname, 'money', 'planted.ts');

const violations: readonly (readonly [what: string, code: string])[] = [
  ['parseFloat', 'export const x = parseFloat("1.5");'],
  ['Number', 'export const x = Number("1.5");'],
  ['Number.parseFloat', 'export const x = Number.parseFloat("1.5");'],
  ['Math', 'export const x = Math.round(1);'],
  ['toNumber', 'export const x = zero.toNumber();'],
  ['toNumber by its name', 'export const x = zero["toNumber"]();'],
  ['unary plus on text', 'export const x = +"1.5";'],
  ['unary plus on a decimal', 'export const x = +zero;'],
  ['unary minus on text', 'declare const a: string; export const x = -a;'],
  ['text plus text', 'declare const a: string; export const x = a + a;'],
  ['decimals by an operator', '// @ts-ignore\nexport const x = zero * zero;'],
  ['decimals compared by an operator', 'export const x = zero < zero;'],
  ['decimal texts compared', 'declare const a: string; export const x = a < a;'],
  ['decimals compared as objects', 'export const x = zero === zero;'],
  ['any', 'declare const a: any; export const x = a - a;'],
  ['a number given to a decimal', 'declare const n: number; export const x = zero.plus(n);'],
  ['a decimal made of a number', 'declare const n: number; export const x = new Decimal(n);'],
  ['a number that is not whole', 'export const x = 0.1;'],
  ['an exponent', 'export const x = 1e-3;'],
  ['numbers divided', 'declare const n: number; export const x = n / 3;'],
  ['a number at the door', 'export const x = z.number();'],
  ['coercion at the door', 'export const x = z.coerce.bigint();'],
];

function programOf(text: string): ts.Program {
  const configFile = join(root, 'tsconfig.json');
  const config = ts.parseJsonConfigFileContent(
    ts.readConfigFile(configFile, (name) => ts.sys.readFile(name)).config,
    ts.sys,
    dirname(configFile),
  );
  const host = ts.createCompilerHost(config.options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, options, ...rest) =>
    name === planted ? ts.createSourceFile(name, text, options, true) : read(name, options, ...rest);
  const files = ts.sys
    .readDirectory(join(root, 'src', 'billing'), ['.ts'])
    .filter((name) => !name.endsWith('.spec.ts') && !name.includes('/testing/'));
  return ts.createProgram([...files, planted], { ...config.options, types: ['node'] }, host);
}

describe('no number of JavaScript is on the way of an amount', () => {
  // Each violation in a block of its own, in one file: one program for all.
  const imports = [
    "import { Decimal } from 'decimal.js';",
    "import { z } from 'zod';",
    "import { zero } from './decimal.js';",
    'export { Decimal, z };',
  ];
  const blocks = violations.map(([, code], index) => `namespace n${index} { ${code}\n}`);
  let program: ts.Program;
  beforeAll(() => {
    program = programOf([...imports, ...blocks].join('\n'));
  });

  it('in src/billing', () => {
    const checker = program.getTypeChecker();
    const files = program
      .getSourceFiles()
      .filter(({ fileName }) => fileName.includes('/src/billing/') && fileName !== planted);
    expect(files.length).toBeGreaterThan(10);
    expect(files.flatMap((file) => faultsOf(file, checker))).toEqual([]);
  });

  it.each(violations.map(([what], index) => [what, index] as const))('the rule finds %s', (_what, index) => {
    const checker = program.getTypeChecker();
    const file = program.getSourceFile(planted);
    const block = file?.statements.filter((statement) => ts.isModuleDeclaration(statement))[index];
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
      const fault = faultOf(node, checker, false);
      if (fault !== undefined) found.push(fault);
      ts.forEachChild(node, visit);
    };
    if (block !== undefined) visit(block);
    expect(found).not.toEqual([]);
  });
});
