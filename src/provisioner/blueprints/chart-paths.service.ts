import { realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { InputFault } from '../../platform/errors.js';
import { ProvisionerConfig } from '../provisioner.config.js';

/** Where charts on this machine may lie. */
@Injectable()
export class ChartPaths {
  constructor(private readonly config: ProvisionerConfig) {}

  /** The chart's absolute path; relative ones count from the chart root. */
  resolve(path: string): string {
    return resolve(this.config.chartRoot, path);
  }

  /** What is wrong with a chart path, so that a blueprint that can never be installed is not accepted. */
  async faultsOf(path: string): Promise<InputFault[]> {
    const pointer = '/chart/path';
    try {
      const real = await realpath(this.resolve(path));
      if (this.config.chartsOnlyInRoot && !isWithin(await realpath(this.config.chartRoot), real)) {
        return [{ pointer, message: 'lies outside TENANTRY_CHARTS_DIR' }];
      }
      await stat(join(real, 'Chart.yaml'));
      return [];
    } catch {
      return [{ pointer, message: 'there is no chart at this path' }];
    }
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}
